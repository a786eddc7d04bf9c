/** How changes of prekeys lie in a batch. */
import type { PrekeyChange } from "../prekeys.js";
import { bool, bytes, type Layout, list, number, object, optional } from "./fields.js";

type FieldsOf<Kind extends PrekeyChange["kind"]> = Omit<Extract<PrekeyChange, { kind: Kind }>, "kind">;

const prekey = object({ id: number(), key: bytes });
const signed = object({ id: number(), key: bytes, signature: bytes });

export const PREKEY_LAYOUTS: { readonly [Kind in PrekeyChange["kind"]]: Layout<FieldsOf<Kind>> } = {
  publishPrekeys: {
    user: number(),
    keyVersion: number(),
    signed: optional(signed),
    lastResort: optional(signed),
    oneTime: list(prekey),
    replace: bool,
    most: number(),
    hour: number(),
  },
  takePrekey: {
    user: number(),
    keyVersion: number(),
    id: number(),
    outcome: object({ id: bytes, expires: number() }),
    hour: number(),
    stranger: bool,
    most: object({ all: number(), strangers: number() }),
    low: number(),
  },
};
