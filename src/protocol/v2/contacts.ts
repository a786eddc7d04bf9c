/** Contacts as they travel: who asks whom, and who may write to a user. `docs/protocol.md`, sections 8 and 17. */
import type { UserName } from "./names.js";
import type { Nothing, RequestId } from "./terms.js";
import {
  bool,
  bytes,
  flag,
  list,
  mapOf,
  name,
  optional,
  record,
  required,
  type Shape,
  tuple,
  uint,
  word,
} from "./shapes.js";

/** What one can do about another user, with its number. */
export const VERBS = { request: 0, accept: 1, reject: 2, cancel: 3, block: 4, unblock: 5, remove: 6 } as const;
export type ContactVerb = keyof typeof VERBS;
/** The verbs that the other user may be told of, and that may bring a note. */
export const TOLD_VERBS = { request: VERBS.request, accept: VERBS.accept } as const;
export type ToldVerb = keyof typeof TOLD_VERBS;

/** What is between two users, as one of them has it: this one asked, the other one asked, or both agreed. */
export const RELATIONS = { none: 0, requested: 1, received: 2, contact: 3 } as const;
export type Relation = keyof typeof RELATIONS;

/** Who may write to a user. Whom the user has blocked never may. */
export const POLICIES = { everyone: 0, contacts: 1, nobody: 2 } as const;
export type Policy = keyof typeof POLICIES;

/** The bodies of the requests. */
export interface ContactBodies {
  readonly contact: {
    readonly verb: ContactVerb;
    readonly name: UserName;
    /** Sealed for the other user; opaque to the directory. Only of verbs that they may be told of. */
    readonly note?: Uint8Array;
  };
  readonly contacts: {
    /** Entries above this cursor; 0 for all. */
    readonly after: number;
    /** As in `fetch`. */
    readonly packets: number;
  };
  readonly policy: { readonly policy: Policy };
}

/** Another user in one's own list. */
export interface ContactEntry {
  /** Of this list only; the same for as long as the entry is there. */
  readonly cursor: number;
  /** As its owner registered it. */
  readonly name: UserName;
  readonly relation: Relation;
  readonly blocked: boolean;
  /** Hours since 1970: when the relation, or the block, became what it is. */
  readonly hour: number;
  /** Of the key that is in force. */
  readonly keyVersion: number;
}

/** What each request is answered with. */
export interface ContactAnswers {
  readonly contact: Nothing;
  readonly contacts: { readonly entries: readonly ContactEntry[]; readonly more: boolean; readonly policy: Policy };
  readonly policy: Nothing;
}

/** What comes into a mailbox: somebody asks to be a contact, or has accepted. `id` is that of their request. */
export interface ContactEvent {
  readonly kind: "contact";
  readonly name: UserName;
  readonly verb: ToldVerb;
  readonly id: RequestId;
  /** Of the key that signed it. */
  readonly keyVersion: number;
  /** Empty when there is none. */
  readonly note: Uint8Array;
}

/** The event in its place in a mailbox. */
export type ContactItem = { readonly sequence: number } & ContactEvent;

/** The number of the kind of item. */
export const CONTACT_ITEM = 3;
/** Bytes of a note. */
const MAX_NOTE_BYTES = 256;
const MAX_PACKETS = 255;
const VERB_KEY = 0;

const note = bytes(0, MAX_NOTE_BYTES);
const fields = { verb: required(VERB_KEY, word<ContactVerb>(VERBS)), name: required(1, name) };
const told = record<ContactBodies["contact"]>({ ...fields, note: optional(2, note) });
const untold = record<Omit<ContactBodies["contact"], "note">>(fields);
const TOLD_NUMBERS: ReadonlySet<unknown> = new Set(Object.values(TOLD_VERBS));
const contact: Shape<ContactBodies["contact"]> = {
  encode: (body) => told.encode(body),
  decode: (item) => (TOLD_NUMBERS.has(mapOf(item).get(VERB_KEY)) ? told : untold).decode(item),
};
const policy = word<Policy>(POLICIES);
const empty = record<Nothing>({});

/** How the bodies are written and read. */
export const CONTACT_BODIES: { readonly [A in keyof ContactBodies]: Shape<ContactBodies[A]> } = {
  contact,
  contacts: record<ContactBodies["contacts"]>({
    after: required(0, uint()),
    packets: required(1, uint(1, MAX_PACKETS)),
  }),
  policy: record<ContactBodies["policy"]>({ policy: required(0, policy) }),
};

/** An entry of a list: `docs/protocol.md` has its order. */
export const contactEntry = tuple<ContactEntry>({
  cursor: uint(1),
  name,
  relation: word<Relation>(RELATIONS),
  blocked: bool,
  hour: uint(),
  keyVersion: uint(),
});

/** How the answers are written and read. */
export const CONTACT_ANSWERS: { readonly [A in keyof ContactAnswers]: Shape<ContactAnswers[A]> } = {
  contact: empty,
  contacts: record<ContactAnswers["contacts"]>({
    entries: required(0, list(contactEntry)),
    more: flag(1),
    policy: required(2, policy),
  }),
  policy: empty,
};

/** How the item is written and read. */
export const contactItem: Shape<ContactItem> = tuple<ContactItem>({
  sequence: uint(),
  kind: word({ contact: CONTACT_ITEM }),
  name,
  verb: word<ToldVerb>(TOLD_VERBS),
  id: bytes<RequestId>(16),
  keyVersion: uint(),
  note,
});
