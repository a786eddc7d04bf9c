/**
 * A user's history as rows, and how it changes: sealed copies of what they sent, in the order in which they sent it, and
 * what of their mailbox are messages that they have not acknowledged. What a copy says the store does not know.
 */
import type { Hour } from "../util/time.js";
import type { RowKey } from "./rows.js";
import type { UserId } from "./identifiers.js";

/** A copy. */
export interface CopyRow {
  /** Its place among all that its owner has ever kept. */
  readonly sequence: number;
  /** 16 bytes by which its owner knows it. */
  readonly id: Uint8Array;
  readonly copy: Uint8Array;
  /** When it was kept. */
  readonly hour: Hour;
}

/** The first copies above a sequence, and whether there are more. */
export interface CopyPage {
  readonly copies: readonly CopyRow[];
  readonly more: boolean;
}

/** The messages of one origin in a mailbox. */
export interface UnreadOrigin {
  /** The sequence of the first of them. */
  readonly sequence: number;
  /** The first bytes of that one, as it was stored: at least who sent it. */
  readonly head: Uint8Array;
  readonly messages: number;
}

/** The origins whose first message has a sequence above some other, in the order of these, and whether there are more. */
export interface UnreadPage {
  readonly origins: readonly UnreadOrigin[];
  readonly more: boolean;
}

/** Bytes of a message that hold who sent it, whatever its kind: see `protocol/v2/payload.ts`. */
export const HEAD_BYTES = 128;

/** How much a user can keep. */
export interface HistoryBounds {
  readonly copies: number;
  readonly bytes: number;
}

/** Keys of the rows. What has expired is not seen. */
export type HistoryLocator =
  | {
      readonly table: "copies";
      readonly user: UserId;
      readonly conversation: Uint8Array | undefined;
      readonly after: number;
      readonly limit: number;
    }
  | { readonly table: "unread"; readonly user: UserId; readonly after: number; readonly limit: number };

/** At most `limit` of the user's copies above `after`: of one conversation (16 bytes), or of all. */
export function copiesOf(
  user: UserId,
  conversation: Uint8Array | undefined,
  after: number,
  limit: number,
): RowKey<CopyPage> {
  return { table: "copies", user, conversation, after, limit };
}

/** Whose messages wait for the user, and how many of each. */
export function unreadOf(user: UserId, after: number, limit: number): RowKey<UnreadPage> {
  return { table: "unread", user, after, limit };
}

/** The changes. */
export type HistoryChange =
  /**
   * Keeps a copy; the oldest of this user's give way when there would be more than `most`. Conflicts when the user is gone,
   * and when the copy alone is too large.
   */
  {
    readonly kind: "keepCopy";
    readonly user: UserId;
    /** 16 bytes: tells one conversation of the user's from another, and says nothing to who reads the disk. */
    readonly conversation: Uint8Array;
    readonly id: Uint8Array;
    readonly copy: Uint8Array;
    readonly hour: Hour;
    readonly expires: Hour;
    readonly most: HistoryBounds;
  };
