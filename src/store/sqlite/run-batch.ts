/** Runs a batch of decisions as one transaction in which each decision stands or falls by itself. */
import { SqliteError } from "better-sqlite3";
import type { Hour } from "../../util/time.js";
import type { Change, Outcome } from "../changes.js";
import type { Tally } from "./applying.js";
import { addTally, beginApplying, emptyTally } from "./applying.js";
import type { MailboxParts } from "./apply-change.js";
import { prepareChanges } from "./apply-change.js";
import type { DecisionChanges } from "./batch-codec.js";
import type { Connection } from "./connection.js";
import { codeOf } from "./errors.js";
import type { WithReserve } from "./room.js";
import { prepareTotals } from "./totals.js";

/** What became of a batch. */
export interface BatchResult {
  readonly outcomes: readonly Outcome[];
  /** Why there are `failed` ones among them. */
  readonly fault: "full" | "rejected" | undefined;
}

const FAILED: Outcome = { status: "failed" };

/** What the changes of a decision may be for it to go on when no room is left: they erase, or change what is there. */
const NEED_NO_ROOM: ReadonlySet<Change["kind"]> = new Set([
  "eraseDeliveries",
  "acknowledge",
  "refreshRoute",
  "endRoute",
  "releaseUser",
  "freeName",
  "setRegistrations",
]);

/**
 * Prepares the statements; what it returns commits one batch, or throws with nothing of it applied. When no room is left,
 * the decisions that only erase are committed all the same, without receipts, and the others are `failed`.
 */
export function prepareBatches(
  db: Connection,
  parts: MailboxParts,
  withReserve: WithReserve,
): (decisions: readonly DecisionChanges[], hour: Hour) => BatchResult {
  const applyChange = prepareChanges(db, parts);
  const addToTotals = prepareTotals(db);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  const savepoint = db.prepare("SAVEPOINT decision");
  const release = db.prepare("RELEASE decision");
  const undo = db.prepare("ROLLBACK TO decision");

  function decide(changes: DecisionChanges, hour: Hour, receiptsFit: boolean, batch: Tally): Outcome {
    const applying = beginApplying(hour, receiptsFit);
    savepoint.run();
    for (const change of changes) {
      const status = guarded(() => applyChange(change, applying));
      if (status === "applied") continue;
      undo.run();
      release.run();
      if (status === "refused" && change.kind === "storeMessage") parts.mailboxes.markFull(change.recipient, hour);
      return { status };
    }
    release.run();
    addTally(batch, applying.tally);
    return { status: "applied", users: applying.users, receipts: [...applying.receipts] };
  }

  function transact(decideAll: (tally: Tally) => Outcome[]): Outcome[] {
    begin.run();
    try {
      const tally = emptyTally();
      const outcomes = decideAll(tally);
      addToTotals(tally);
      commit.run();
      return outcomes;
    } catch (error) {
      // A full disk may have rolled it back already.
      if (db.inTransaction) rollback.run();
      throw error;
    }
  }

  return (decisions, hour) => {
    try {
      const outcomes = transact((tally) => decisions.map((changes) => decide(changes, hour, true, tally)));
      return { outcomes, fault: outcomes.some(({ status }) => status === "failed") ? "rejected" : undefined };
    } catch (error) {
      if (codeOf(error) !== "full") throw error;
      const erase = (tally: Tally) =>
        decisions.map((changes) => (needNoRoom(changes) ? decide(changes, hour, false, tally) : FAILED));
      return { outcomes: withReserve(() => transact(erase)), fault: "full" };
    }
  };
}

function needNoRoom(changes: DecisionChanges): boolean {
  return changes.every(({ kind }) => NEED_NO_ROOM.has(kind));
}

/** A broken constraint, or what cannot be encoded, must not take other people's decisions with it. */
function guarded(run: () => Outcome["status"]): Outcome["status"] {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) return "failed";
    if (error instanceof SqliteError && error.code.startsWith("SQLITE_CONSTRAINT")) return "failed";
    throw error;
  }
}
