/** Erases what has expired, a bounded number of rows at a time. */
import type { Hour } from "../../util/time.js";
import type { Swept } from "../store.js";
import { beginApplying } from "./applying.js";
import type { Connection } from "./connection.js";
import type { Contacts } from "./contacts.js";
import type { Erasing } from "./erasing.js";
import { codeOf } from "./errors.js";
import type { Phantoms } from "./phantoms.js";
import type { Histories } from "./history.js";
import type { Prekeys } from "./prekeys.js";
import type { WithReserve } from "./room.js";
import type { Scrub } from "./scrub.js";
import type { Slots } from "./slots.js";
import { prepareTotals } from "./totals.js";

/** The parts that it needs. */
export interface SweepParts {
  readonly erasing: Erasing;
  readonly slots: Slots;
  readonly scrub: Scrub;
  readonly prekeys: Prekeys;
  readonly histories: Histories;
  readonly contacts: Contacts;
  readonly phantoms: Phantoms;
}

/**
 * Prepares the statements; what it returns erases at most `limit` rows that expired before `hour`, in a transaction. When
 * there is no room for receipts, it goes on without them.
 */
export function prepareSweep(
  db: Connection,
  { erasing, slots, scrub, contacts, phantoms, prekeys, histories }: SweepParts,
  withReserve: WithReserve,
): (hour: Hour, limit: number) => Swept {
  const erasure = (table: string) =>
    db.prepare<[Hour, number]>(`DELETE FROM ${table} WHERE expires < ? ORDER BY expires LIMIT ?`);
  const erase = {
    replays: erasure("replays"),
    routes: erasure("routes"),
    outcomes: erasure("outcomes"),
  };
  const forgetNames = db.prepare<[Hour, number]>(
    "UPDATE users SET folded = NULL, held_until = NULL WHERE held_until < ? ORDER BY held_until LIMIT ?",
  );
  const addToTotals = prepareTotals(db);

  const step = db.transaction((hour: Hour, limit: number, receiptsFit: boolean): Swept => {
    let left = limit;
    const erased = (rows: number): number => {
      left -= rows;
      return rows;
    };
    const rows = erasing.expired(hour, limit);
    const applying = beginApplying(hour, receiptsFit);
    erasing.finish(rows, "expired", applying);
    const deliveries = erased(rows.length);
    const refused = erased(phantoms.sweep(hour, left, applying));
    addToTotals(applying.tally);
    const swept = {
      deliveries,
      phantoms: refused,
      replays: erased(erase.replays.run(hour, left).changes),
      routes: erased(erase.routes.run(hour, left).changes),
      // Before outcomes, so that what was taken never outlives the outcome that it is kept under.
      takenPrekeys: erased(prekeys.sweep(hour, left)),
      copies: erased(histories.sweep(hour, left)),
      outcomes: erased(erase.outcomes.run(hour, left).changes),
      heldNames: erased(forgetNames.run(hour, left).changes),
      contactRequests: erased(contacts.sweep(hour, left)),
    };
    if (swept.heldNames > 0) scrub.request();
    slots.release(limit);
    prekeys.releaseSlots(limit);
    histories.releaseSlots(limit);
    return swept;
  });

  return (hour, limit) => {
    try {
      return step.immediate(hour, limit, true);
    } catch (error) {
      if (codeOf(error) !== "full") throw error;
      return withReserve(() => step.immediate(hour, limit, false));
    }
  };
}

/** How many rows all that was. */
export function rowsOf(swept: Swept): number {
  return Object.values<number>({ ...swept }).reduce((sum, rows) => sum + rows, 0);
}
