/** What a transaction carries from change to change. */
import type { Hour } from "../../util/time.js";
import type { UserId } from "../identifiers.js";

/** What became of one change. */
export type Verdict = "applied" | "conflict" | "refused";

/** What the sums of the whole database change by. */
export interface Tally {
  users: number;
  deliveries: number;
  payloadBytes: number;
}

/** A decision while it is applied. */
export interface Applying {
  readonly hour: Hour;
  /** Whether there is room for receipts. */
  readonly receiptsFit: boolean;
  /** Ids of users that were inserted. */
  readonly users: UserId[];
  /** Users who got a receipt. */
  readonly receipts: Set<UserId>;
  readonly tally: Tally;
}

/** A decision of which nothing is applied yet. */
export function beginApplying(hour: Hour, receiptsFit: boolean): Applying {
  return { hour, receiptsFit, users: [], receipts: new Set(), tally: emptyTally() };
}

export function emptyTally(): Tally {
  return { users: 0, deliveries: 0, payloadBytes: 0 };
}

/** Adds `more` to `tally`. */
export function addTally(tally: Tally, more: Tally): void {
  tally.users += more.users;
  tally.deliveries += more.deliveries;
  tally.payloadBytes += more.payloadBytes;
}
