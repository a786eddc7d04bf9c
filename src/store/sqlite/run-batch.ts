/** Runs a batch of decisions as one transaction in which each decision stands or falls by itself. */
import { SqliteError } from "better-sqlite3";
import type { Hour } from "../../util/time.js";
import type { Outcome } from "../changes.js";
import type { UserId } from "../rows.js";
import { prepareChanges } from "./apply-change.js";
import type { DecisionChanges } from "./batch-codec.js";
import type { Connection } from "./connection.js";
import { codeOf } from "./errors.js";
import type { MailboxLimits } from "./quota.js";
import type { WithReserve } from "./room.js";

/** What became of a batch. */
export interface BatchResult {
  readonly outcomes: readonly Outcome[];
  /** Why there are `failed` ones among them. */
  readonly fault: "full" | "rejected" | undefined;
}

const FAILED: Outcome = { status: "failed" };

/**
 * Prepares the statements; what it returns commits one batch, or throws with nothing of it applied. When no room is left,
 * the decisions that only erase are committed all the same, and the others are `failed`.
 */
export function prepareBatches(
  db: Connection,
  limits: MailboxLimits,
  withReserve: WithReserve,
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

  function transact<T>(run: () => T): T {
    begin.run();
    try {
      const result = run();
      commit.run();
      return result;
    } catch (error) {
      // A full disk may have rolled it back already.
      if (db.inTransaction) rollback.run();
      throw error;
    }
  }

  return (decisions, hour) => {
    try {
      const outcomes = transact(() => decisions.map((changes) => decide(changes, hour)));
      return { outcomes, fault: outcomes.some(({ status }) => status === "failed") ? "rejected" : undefined };
    } catch (error) {
      if (codeOf(error) !== "full") throw error;
      const erase = () => decisions.map((changes) => (onlyErases(changes) ? decide(changes, hour) : FAILED));
      return { outcomes: withReserve(() => transact(erase)), fault: "full" };
    }
  };
}

function onlyErases(changes: DecisionChanges): boolean {
  return changes.every((change) => change.kind === "eraseDeliveries");
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
