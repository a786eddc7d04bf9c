/** The v2 requests as types: an envelope, and a body for each action. `docs/protocol.md` has their CDDL. */
import { GROUP_ACTIONS, type AnonymousGroupAction, type GroupBodies } from "./groups.js";
import type { ContactBodies } from "./contacts.js";
import { HISTORY_ACTIONS, type HistoryBodies } from "./history.js";
import { KEY_LOG_ACTIONS, type KeyLogBodies } from "./key-log.js";
import type { UserName } from "./names.js";
import type { Ed25519Key, Nothing, RequestId, SequenceRange } from "./terms.js";
import { PREKEY_ACTIONS, type PrekeyBodies } from "./prekeys.js";

/** Every action of v2, with its number on the wire. */
export const ACTIONS = {
  info: 1,
  register: 2,
  login: 3,
  prove: 4,
  logout: 5,
  lookup: 6,
  rotate: 7,
  recover: 8,
  release: 9,
  send: 10,
  fetch: 11,
  ack: 12,
  receipts: 13,
  status: 14,
  ...GROUP_ACTIONS,
  contact: 20,
  contacts: 21,
  policy: 22,
  ...PREKEY_ACTIONS,
  ...HISTORY_ACTIONS,
  ...KEY_LOG_ACTIONS,
} as const;

/** The name of an action. */
export type V2Action = keyof Bodies;

/** What a challenge is for. */
export type Purpose = "registration" | "login";

/** A change of key: the new key, its own signature that it is there (see `possessionText`), and perhaps another recovery key. */
export interface NewKey {
  readonly key: Ed25519Key;
  readonly possession: Uint8Array;
  /** By who signs the request, but for others to verify at any time (see `successionText`). */
  readonly succession: Uint8Array;
  /** Takes the place of the recovery key; without it the old one stays. */
  readonly recovery?: Ed25519Key;
}

/** The body of each action. Names are as the client wrote them; they are well formed and within bounds. */
export interface Bodies extends ContactBodies, GroupBodies, KeyLogBodies, PrekeyBodies, HistoryBodies {
  readonly info: Nothing;
  readonly register: { readonly name: UserName; readonly key: Ed25519Key };
  readonly login: { readonly name: UserName };
  /** Signed by `key` for a registration, by the registered key for a log-in. */
  readonly prove:
    | {
        readonly purpose: "registration";
        readonly challenge: Uint8Array;
        readonly key: Ed25519Key;
        readonly recovery?: Ed25519Key;
      }
    | { readonly purpose: "login"; readonly challenge: Uint8Array };
  readonly logout: Nothing;
  readonly lookup: { readonly name: UserName };
  readonly rotate: NewKey;
  /** Signed by the recovery key. */
  readonly recover: NewKey;
  readonly release: Nothing;
  readonly send: {
    readonly recipient: UserName;
    /** Opaque to the directory. */
    readonly body: Uint8Array;
    /** Whole hours for which the message may wait; the directory's maximum when absent. */
    readonly hours?: number;
    /** Asks for a receipt item in one's own mailbox when it is delivered or expires. */
    readonly receipt: boolean;
    /** Sealed for the sender, and kept for them: see `history`. Opaque to the directory. */
    readonly copy?: Uint8Array;
  };
  readonly fetch: {
    /** Items above this sequence; 0 for all. */
    readonly after: number;
    /** The reply may have at most this many packets, more only for a first item alone, and never more than SURBs cover. */
    readonly packets: number;
  };
  /** Ranges of sequences, both ends included, ascending. */
  readonly ack: { readonly ranges: readonly SequenceRange[] };
  /** Request ids of one's own sends. */
  readonly receipts: { readonly ids: readonly RequestId[] };
  readonly status: Nothing;
}

/** Who signs, with which of their keys, when. */
export interface Auth {
  readonly name: UserName;
  /** Version of the key that signs; 1 at registration. Where a recovery key signs: one at which it was in force. */
  readonly keyVersion: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** The actions that must be signed. */
export type SignedAction = Exclude<
  V2Action,
  "info" | "register" | "login" | "lookup" | "keyLog" | AnonymousGroupAction
>;

/** A request whose shape is known and whose claims are not. */
export type V2Request<A extends V2Action = V2Action> = {
  readonly [P in A]: {
    readonly action: P;
    readonly id: RequestId;
    /** SURBs that came with it, so the client says. */
    readonly surbs: number;
    readonly body: Bodies[P];
    readonly token?: Uint8Array;
  } & (P extends SignedAction ? { readonly auth: Auth } : { readonly auth?: undefined });
}[A];
