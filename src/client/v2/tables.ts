/** What an account remembers, as records: the one place that knows how each is written. */
import type { Ed25519Key, RequestId, SequenceRange } from "../../protocol/v2/terms.js";
import { id, key } from "../../protocol/v2/bodies.js";
import { item } from "../../protocol/v2/items.js";
import type { Item } from "../../protocol/v2/reply.js";
import type { StatedUser } from "../../protocol/v2/stated-user.js";
import {
  bool,
  bytes,
  flag,
  list,
  optional,
  record,
  required,
  type Shape,
  text,
  tuple,
  uint,
  word,
} from "../../protocol/v2/shapes.js";
import type { Seed } from "./seeds.js";

/** Records of one kind; those of which there is one have the key "". */
export interface Table<T> {
  readonly name: string;
  readonly shape: Shape<T>;
}

/** A key of the account, and the version that it has or had. */
export interface AccountKey {
  readonly keyVersion: number;
  readonly seed: Seed;
}

/** A change of key that may or may not have taken effect. */
export interface KeyChange {
  readonly by: "rotation" | "recovery";
  readonly id: RequestId;
  /** The version that is named, not the one that will be. */
  readonly keyVersion: number;
  readonly seed: Seed;
  readonly recovery?: Ed25519Key;
}

/** Who we are. */
export interface Identity {
  readonly name: string;
  /** `claimed`: it may be registered or not. `away`: logged out. */
  readonly status: "claimed" | "registered" | "away";
  /** The present key last, none before a recovery has succeeded; earlier ones open what was encrypted to them. */
  readonly keys: readonly AccountKey[];
  readonly change?: KeyChange;
}

/** The directory, as far as it is known. */
export interface KnownDirectory {
  readonly identity: Ed25519Key;
  readonly epoch: number;
  readonly addresses: readonly Uint8Array[];
  readonly maxBody: number;
  readonly maxHours: number;
}

/** Where we go; addresses of 96 bytes. */
export interface Ways {
  readonly home: Uint8Array;
  readonly lookups: Uint8Array;
  /** Where our name is known. */
  readonly knownAt: readonly Uint8Array[];
}

/** How far our mailbox has been taken in. */
export interface Intake {
  /** Of the directory: sequences of another one say nothing. */
  readonly epoch: number;
  /** In the store, or never to come. */
  readonly seen: readonly SequenceRange[];
  /** In the store, and not known to have been acknowledged. */
  readonly owed: readonly SequenceRange[];
}

/** Somebody whose key is trusted. */
export interface KnownContact extends StatedUser {
  /** When the directory last said so: seconds since 1970. */
  readonly checked: number;
}

/** A message of ours. */
export interface Outgoing {
  readonly id: RequestId;
  /** Their name, or the id of a group in hexadecimal digits. */
  readonly recipient: string;
  readonly toGroup: boolean;
  readonly text: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly hours?: number;
  readonly receipt: boolean;
  /** Is a copy to be kept for us? */
  readonly copied: boolean;
  /** Once it is encrypted; it may have been sent. The copy with it, if there is to be one. */
  readonly body?: Uint8Array;
  readonly copy?: Uint8Array;
  /** Of the group for which it was encrypted. */
  readonly sequence?: number;
  readonly state: OutgoingState;
  /** Why it failed. */
  readonly code?: string;
}

export type OutgoingState = "waiting" | "stored" | "delivered" | "expired" | "handedOver" | "failed";

const number = uint();
const seed = bytes(32);
const address = bytes(96);
const ranges = list(tuple<SequenceRange>({ first: number, last: number }));

export const IDENTITY: Table<Identity> = {
  name: "identity",
  shape: record<Identity>({
    name: required(0, text),
    status: required(1, word({ claimed: 0, registered: 1, away: 2 })),
    keys: required(2, list(tuple<AccountKey>({ keyVersion: number, seed }))),
    change: optional(
      3,
      record<KeyChange>({
        by: required(0, word({ rotation: 0, recovery: 1 })),
        id: required(1, id),
        keyVersion: required(2, number),
        seed: required(3, seed),
        recovery: optional(4, key),
      }),
    ),
  }),
};

export const DIRECTORY: Table<KnownDirectory> = {
  name: "directory",
  shape: record<KnownDirectory>({
    identity: required(0, key),
    epoch: required(1, number),
    addresses: required(2, list(address)),
    maxBody: required(3, number),
    maxHours: required(4, number),
  }),
};

export const WAYS: Table<Ways> = {
  name: "ways",
  shape: record<Ways>({
    home: required(0, address),
    lookups: required(1, address),
    knownAt: required(2, list(address)),
  }),
};

export const INTAKE: Table<Intake> = {
  name: "intake",
  shape: record<Intake>({ epoch: required(0, number), seen: required(1, ranges), owed: required(2, ranges) }),
};

/** By folded name. */
export const CONTACTS: Table<KnownContact> = {
  name: "contact",
  shape: record<KnownContact>({
    name: required(0, text),
    algorithm: required(1, word({ p256: 0, ed25519: 1 })),
    key: required(2, bytes(1, 128)),
    keyVersion: required(3, number),
    checked: required(4, number),
  }),
};

/** In the order in which they were written. */
export const OUTGOING: Table<Outgoing> = {
  name: "outgoing",
  shape: record<Outgoing>({
    id: required(0, id),
    recipient: required(1, text),
    text: required(2, text),
    time: required(3, number),
    hours: optional(4, number),
    receipt: required(5, bool),
    body: optional(6, bytes(0, Number.MAX_SAFE_INTEGER)),
    state: required(7, word({ waiting: 0, stored: 1, delivered: 2, expired: 3, handedOver: 4, failed: 5 })),
    code: optional(8, text),
    copied: flag(9),
    copy: optional(10, bytes(0, Number.MAX_SAFE_INTEGER)),
    toGroup: flag(11),
    sequence: optional(12, number),
  }),
};

/** What came and was not read yet, by `incomingKey`. */
export const INCOMING: Table<Item> = { name: "incoming", shape: item };

const DIGITS = 16;

/** A key whose order is that in which the directory took the items of our mailbox. */
export function incomingKey(epoch: number, sequence: number): string {
  return [epoch, sequence].map((number) => String(number).padStart(DIGITS, "0")).join(".");
}

/** When messages came (seconds since 1970), by their senders and ids. */
export const KNOWN: Table<number> = { name: "known", shape: number };

/** Fates that were not read yet: the key of the message of ours, and its state then. */
export interface Told {
  readonly id: RequestId;
  readonly recipient: string;
  readonly toGroup: boolean;
  readonly state: OutgoingState;
  readonly code?: string;
}

/** In the order in which they came. */
export const FATES: Table<Told> = {
  name: "fate",
  shape: record<Told>({
    id: required(0, id),
    recipient: required(1, text),
    state: required(2, word({ waiting: 0, stored: 1, delivered: 2, expired: 3, handedOver: 4, failed: 5 })),
    code: optional(3, text),
    toGroup: flag(4),
  }),
};
