/**
 * A user's own history as it travels: sealed copies of what they sent, conversation by conversation, and how much of what
 * others sent they have not acknowledged. `docs/protocol.md`, section 19.
 */
import { cborBytes } from "./cbor.js";
import { type GroupId, groupId } from "./groups.js";
import type { UserName } from "./names.js";
import type { RequestId } from "./terms.js";
import {
  bytes,
  flag,
  list,
  name,
  nullable,
  optional,
  record,
  required,
  type Shape,
  tuple,
  uint,
  where,
} from "./shapes.js";

/** The actions of the history, with their numbers. */
export const HISTORY_ACTIONS = { history: 27, unread: 28 } as const;

const MAX_PACKETS = 255;
const ID_BYTES = 16;

/** The bodies of the requests. */
export interface HistoryBodies {
  readonly history: {
    /** With whom, or in which group; all conversations without either. */
    readonly name?: UserName;
    readonly group?: GroupId;
    /** Copies above this cursor; 0 for all. */
    readonly after: number;
    /** As in `fetch`. */
    readonly packets: number;
  };
  readonly unread: { readonly after: number; readonly packets: number };
}

/** With whoever has that name, whatever its case, or in a group. */
export type Conversation = string | GroupId;

/** A copy of what its owner sent. */
export interface KeptCopy {
  /** Grows with each copy of this user's, and never comes again. */
  readonly cursor: number;
  /** The request id of the `send`. */
  readonly id: RequestId;
  /** Hours since 1970, rounded up: when it was sent. */
  readonly hour: number;
  /** Opaque to the directory. */
  readonly copy: Uint8Array;
}

/** Messages of one sender in one conversation that wait for an acknowledgement. */
export interface UnreadMessages {
  /** The sequence of the first of them. */
  readonly cursor: number;
  /** As its owner registered it. */
  readonly sender: string;
  /** `undefined`: direct messages. */
  readonly group: GroupId | undefined;
  readonly messages: number;
}

/** What each request is answered with. */
export interface HistoryAnswers {
  readonly history: { readonly copies: readonly KeptCopy[]; readonly more: boolean };
  readonly unread: { readonly senders: readonly UnreadMessages[]; readonly more: boolean };
}

const after = required(1, uint());
const packets = required(2, uint(1, MAX_PACKETS));

const ofOne = record<HistoryBodies["history"]>({
  name: optional(0, name),
  after,
  packets,
  group: optional(3, groupId),
});

/** How the bodies are written and read. */
export const HISTORY_BODIES: { readonly [A in keyof HistoryBodies]: Shape<HistoryBodies[A]> } = {
  history: where(ofOne, ({ name, group }) => name === undefined || group === undefined),
  unread: record<HistoryBodies["unread"]>({ after: required(0, uint()), packets: required(1, uint(1, MAX_PACKETS)) }),
};

const keptCopy = tuple<KeptCopy>({
  cursor: uint(1),
  id: bytes<RequestId>(ID_BYTES),
  hour: uint(),
  copy: bytes(1, Number.MAX_SAFE_INTEGER),
});
const unreadMessages = tuple<UnreadMessages>({
  cursor: uint(1),
  sender: name,
  group: nullable(groupId),
  messages: uint(1),
});

/** How the answers are written and read. */
export const HISTORY_ANSWERS: { readonly [A in keyof HistoryAnswers]: Shape<HistoryAnswers[A]> } = {
  history: record<HistoryAnswers["history"]>({ copies: required(0, list(keptCopy)), more: flag(1) }),
  unread: record<HistoryAnswers["unread"]>({ senders: required(0, list(unreadMessages)), more: flag(1) }),
};

/** The most that either reply takes besides its entries, of which there are at most 65,535. */
export const HISTORY_FRAME_BYTES = 1 + (1 + 1) + (1 + 2) + (1 + 17) + (1 + 1) + 1 + (1 + (1 + 3) + (1 + 1));

/** Bytes of a copy in a reply: pages are packed to the byte. */
export function copyBytes(of: KeptCopy): number {
  return cborBytes(keptCopy.encode(of));
}

/** Bytes of one sender in a reply. */
export function unreadBytes(of: UnreadMessages): number {
  return cborBytes(unreadMessages.encode(of));
}
