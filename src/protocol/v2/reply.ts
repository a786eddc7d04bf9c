/** The v2 replies, and what the directory pushes, as types. `docs/protocol.md` has their CDDL. */
import type { ErrorResult } from "./codes.js";
import type { GroupAnswers, GroupId } from "./groups.js";
import type { ContactAnswers, ContactEvent } from "./contacts.js";
import type { HistoryAnswers } from "./history.js";
import type { KeyLogAnswers } from "./key-log.js";
import type { PrekeyAnswers } from "./prekeys.js";
import type { V2Action } from "./request.js";
import type { Ed25519Key, Nothing, RequestId } from "./terms.js";
import type { StatedUser } from "./stated-user.js";

/** What is in a mailbox, in the order of its sequences. */
export type Item = { readonly sequence: number } &
  /** A message of a v2 user. `id` is the request id of its `send`. */
  (
    | {
        readonly kind: "message";
        readonly sender: string;
        /** Of the key that signed the `send`. */
        readonly keyVersion: number;
        readonly id: RequestId;
        readonly body: Uint8Array;
      }
    /** A message of a v1 user: the content of the `incomingMessage` that a v1 user would get, and its dialect. */
    | { readonly kind: "v1"; readonly dialect: "long" | "compact"; readonly content: string }
    /** What became of a message of one's own. */
    | { readonly kind: "receipt"; readonly id: RequestId; readonly state: FinalState }
    /** So few one-time prekeys of one's own are left. */
    | { readonly kind: "prekeys"; readonly count: number }
    /** A message to a group. `id` is the request id of its `groupSend`; `epoch`: that it ended, if it is a handshake message. */
    | {
        readonly kind: "groupMessage";
        readonly group: GroupId;
        readonly sender: string;
        readonly keyVersion: number;
        readonly id: RequestId;
        readonly body: Uint8Array;
        readonly epoch: number | undefined;
      }
    /** A group has changed: its log has more. */
    | { readonly kind: "groupEvent"; readonly group: GroupId; readonly groupSequence: number }
    | ContactEvent
  );

/** What can become of a message at last. `handedOver`: to a v1 recipient, who cannot acknowledge. */
export type FinalState = "delivered" | "expired" | "handedOver";
/** What a sender is told of a message; `unknown` when nothing (any more) is known of that id. */
export type MessageState = "unknown" | "stored" | FinalState;

/** That this name is this user's, or nobody's, in this hour. */
export interface Statement {
  /** Folded. */
  readonly name: string;
  /** Hours since 1970. */
  readonly hour: number;
  readonly user: StatedUser | undefined;
}

/** What `info` says. Times in seconds, sizes in bytes. */
export interface Info {
  readonly identity: Ed25519Key;
  /** DER of the key that signs v1 replies, and the identity key's signature of it (`reply-key-certificate.ts`). */
  readonly replyKey: { readonly key: Uint8Array; readonly signature: Uint8Array };
  /** The pool's Nym addresses, 96 bytes each, and the identity key's signature of the list (`addressesText`). */
  readonly addresses: { readonly list: readonly Uint8Array[]; readonly signature: Uint8Array };
  readonly versions: readonly number[];
  /** Grows with every restore; part of every signed text. */
  readonly epoch: number;
  readonly time: number;
  readonly limits: {
    /** How far the time of a signature may be from ours. */
    readonly window: number;
    /** How long the outcome of a request is remembered. */
    readonly outcomes: number;
    readonly challenge: number;
    readonly maxBody: number;
    readonly maxHours: number;
  };
}

/** What `status` says of the user who asks. */
export interface AccountStatus {
  readonly keyVersion: number;
  /** Whether the route is where the question came in. */
  readonly routed: boolean;
  readonly waiting: { readonly messages: number; readonly bytes: number };
  readonly quota: { readonly messages: number; readonly bytes: number };
  /** Since when (hours since 1970) messages were refused because the mailbox was full, if any were since the last `ack`. */
  readonly fullSince: number | undefined;
  readonly lastSequence: number;
}

/** A page of a mailbox. */
export interface ItemPage {
  readonly items: readonly Item[];
  /** There are more. */
  readonly more: boolean;
  readonly fullSince: number | undefined;
}

/** What each action is answered with when it is `ok`. */
export interface Answers extends ContactAnswers, GroupAnswers, KeyLogAnswers, PrekeyAnswers, HistoryAnswers {
  readonly info: Info;
  readonly register: { readonly challenge: Uint8Array };
  readonly login: { readonly challenge: Uint8Array };
  readonly prove: { readonly keyVersion: number };
  readonly logout: Nothing;
  /** The directory signs the statement when it seals the reply. */
  readonly lookup: Statement;
  readonly rotate: { readonly keyVersion: number };
  readonly recover: { readonly keyVersion: number };
  readonly release: Nothing;
  /** The message is stored. */
  readonly send: Nothing;
  readonly fetch: ItemPage;
  readonly ack: Nothing;
  readonly receipts: { readonly states: readonly MessageState[] };
  readonly status: AccountStatus;
}

/** A v2 reply, before it is sealed. */
export type V2Reply = { readonly dialect: "v2"; readonly id: RequestId } & (
  | { readonly [A in V2Action]: { readonly action: A; readonly result: "ok"; readonly answer: Answers[A] } }[V2Action]
  | {
      readonly action: V2Action | undefined;
      readonly result: ErrorResult;
      /** Seconds after which a retry makes sense. */
      readonly after?: number;
    }
);

/** What the directory sends unasked: items of the mailbox of the tag's user. Padded to whole packets like a reply. */
export interface V2Push extends ItemPage {
  readonly dialect: "v2";
  readonly action: "push";
  /**
   * Of the latest request from this tag. Only the directory and the client know it: anybody who knows the client's Nym
   * address can send it something, and what is forged must not be acknowledged.
   */
  readonly id: RequestId;
}
