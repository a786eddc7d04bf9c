/**
 * The store, in the language of the directory. Every implementation passes `test/contract/store.ts`. Asynchronous even
 * where the embedded one need not be: a database server can stand behind it.
 */
import type { Hour } from "../util/time.js";
import type { Change, Outcome } from "./changes.js";
import type { Delivery, RowKey } from "./rows.js";
import type { Sequence, UserId } from "./identifiers.js";

/** Bounds of one recipient's mailbox. */
export interface MailboxQuota {
  readonly messages: number;
  readonly bytes: number;
}

/** What the store holds, for metrics and the operator. */
export interface StoreCounts {
  readonly users: number;
  readonly deliveries: number;
  readonly payloadBytes: number;
}

/** How many rows of each kind had expired. */
export interface Swept {
  readonly deliveries: number;
  readonly replays: number;
  readonly routes: number;
  readonly outcomes: number;
  readonly heldNames: number;
  readonly takenPrekeys: number;
  readonly copies: number;
  readonly contactRequests: number;
  readonly phantoms: number;
}

/**
 * Reads see everything whose commit has been reported, and nothing that a loss of power could take back. A row with an
 * expiry is there until that hour has begun; expired routes and deliveries are not seen, even before they are swept.
 * Reads reject when the database cannot be read.
 */
export interface Store extends AsyncDisposable {
  /** The rows of `keys`, in their order, from one snapshot; `undefined` where there is none. Never waits for a writer. */
  load(keys: readonly RowKey[]): Promise<readonly unknown[]>;

  /** Grows with every restore of a backup; the same as long as the store is open. */
  readonly epoch: number;

  /** The first deliveries of a mailbox with a sequence above `after`, at most `limit`. */
  deliveries(recipient: UserId, after: Sequence | 0, limit: number): Promise<readonly Delivery[]>;

  /**
   * Applies decisions (each a list of changes) in one transaction, in order, and reports on each: each applies wholly
   * or not at all, whatever becomes of the others. Durable when it resolves. Never rejects: a fault of the disk or a
   * lock is `failed`.
   */
  commit(decisions: readonly (readonly Change[])[]): Promise<readonly Outcome[]>;

  /** As `commit`, in no hurry: with the next commit, or after a few hundredths of a second. For what only erases. */
  commitLazily(decisions: readonly (readonly Change[])[]): Promise<readonly Outcome[]>;

  /**
   * Erases what has expired before `now`, in steps so small that commits go on. The outcomes of messages that expire become
   * `expired`, and who asked for a receipt gets one. Rejects when it cannot write.
   */
  sweep(now: Hour): Promise<Swept>;

  /**
   * Truncates the write-ahead log, so that what was erased is nowhere on the disk. `false` when somebody (a backup, say)
   * read the log all the while: ask again later. Rejects when it cannot write.
   */
  truncateLog(): Promise<boolean>;

  counts(): Promise<StoreCounts>;

  /** Writes a consistent copy to `file`, which must not exist, while the store goes on. */
  backup(file: string): Promise<void>;
}
