/** How changes of contacts lie in a batch. */
import { POLICIES, type Policy, type Relation, RELATIONS } from "../../protocol/v2/contacts.js";
import type { Contact, ContactChange } from "../contacts.js";
import { bool, bytes, type Layout, number, object, word } from "./fields.js";

const contact = object<Contact>({ relation: word(...(Object.keys(RELATIONS) as Relation[])), blocked: bool });

/** The layouts, for `change-layouts.ts`. */
export const CONTACT_LAYOUTS: {
  readonly [Kind in Exclude<ContactChange["kind"], "refuseMessage">]: Layout<
    Omit<Extract<ContactChange, { kind: Kind }>, "kind">
  >;
} = {
  setContact: {
    user: number(),
    other: number(),
    before: contact,
    after: contact,
    hour: number(),
    expires: number(),
    bounds: object({ all: number(), received: number() }),
  },
  setPolicy: { user: number(), keyVersion: number(), policy: word(...(Object.keys(POLICIES) as Policy[])) },
  notify: { user: number(), origin: bytes, payload: bytes, expires: number(), wanted: bool },
};
