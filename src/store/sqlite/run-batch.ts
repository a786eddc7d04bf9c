/** Runs a batch of decisions as one transaction in which each decision stands or falls by itself. */
import { SqliteError } from "better-sqlite3";
import type { Hour } from "../../util/time.js";
import type { Outcome } from "../changes.js";
import type { UserId } from "../rows.js";
import { prepareChanges } from "./apply-change.js";
import type { DecisionChanges } from "./batch-codec.js";
import type { Connection } from "./connection.js";
import type { MailboxLimits } from "./quota.js";

/** What became of a batch. */
export interface BatchResult {
  readonly outcomes: readonly Outcome[];
  /** How many decisions broke a constraint that is no precondition: a fault of this program. */
  readonly rejected: number;
}

/** Prepares the statements; what it returns commits one batch, or throws with nothing of it applied. */
export function prepareBatches(
  db: Connection,
  limits: MailboxLimits,
): (decisions: readonly DecisionChanges[], hour: Hour) => BatchResult {
  const applyChange = prepareChanges(db, limits);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  const savepoint = db.prepare("SAVEPOINT decision");
  const release = db.prepare("RELEASE decision");
  const undo = db.prepare("ROLLBACK TO decision");

  function decide(changes: DecisionChanges, hour: Hour): Outcome {
    const users: UserId[] = [];
    savepoint.run();
    let status: Outcome["status"] = "applied";
    for (const change of changes) {
      status = guarded(() => applyChange(change, hour, users));
      if (status !== "applied") break;
    }
    if (status !== "applied") undo.run();
    release.run();
    return status === "applied" ? { status, users } : { status };
  }

  return (decisions, hour) => {
    begin.run();
    try {
      const outcomes = decisions.map((changes) => decide(changes, hour));
      commit.run();
      return { outcomes, rejected: outcomes.filter(({ status }) => status === "failed").length };
    } catch (error) {
      // A full disk may have rolled it back already.
      if (db.inTransaction) rollback.run();
      throw error;
    }
  };
}

/** A broken constraint must not take other people's decisions with it. */
function guarded(run: () => Outcome["status"]): Outcome["status"] {
  try {
    return run();
  } catch (error) {
    if (error instanceof SqliteError && error.code.startsWith("SQLITE_CONSTRAINT")) return "failed";
    throw error;
  }
}
