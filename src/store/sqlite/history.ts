/**
 * Histories as SQL. Copies lie in slots (see `slots.ts`), with their ids behind them, so that what was dropped or has expired
 * can be read nowhere any more.
 */
import type { Hour } from "../../util/time.js";
import type { HistoryChange } from "../history.js";
import type { UserId } from "../identifiers.js";
import type { Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import { prepareSlots, type SlotTable } from "./slots.js";

const COPY_SLOTS: SlotTable = { table: "copy_slots", smallest: 256, kept: 64 };

interface Sums {
  readonly last: number;
  readonly copies: number;
  readonly bytes: number;
}

/** The statements of histories, for the connection that writes. */
export interface Histories {
  keep(change: HistoryChange): Verdict;
  /** Erases the user's history. */
  release(user: UserId): void;
  /** Erases at most `limit` copies that expired before `hour`; how many there were. */
  sweep(hour: Hour, limit: number): number;
  /** See `Slots.release`. */
  releaseSlots(limit: number): void;
}

/** Prepares the statements. */
export function prepareHistories(db: Connection): Histories {
  const slots = prepareSlots(db, COPY_SLOTS);
  const open = db.prepare<[UserId]>(`
    INSERT INTO histories (user, last_sequence, copies, bytes)
    SELECT id, 0, 0, 0 FROM users WHERE id = ? AND name IS NOT NULL ON CONFLICT DO NOTHING`);
  const sums = db.prepare<[UserId], Sums>("SELECT last_sequence AS last, copies, bytes FROM histories WHERE user = ?");
  const add = db.prepare<[number, UserId]>(
    "UPDATE histories SET last_sequence = last_sequence + 1, copies = copies + 1, bytes = bytes + ? WHERE user = ?",
  );
  const subtract = db.prepare<[number, UserId]>(
    "UPDATE histories SET copies = copies - 1, bytes = bytes - ? WHERE user = ?",
  );
  const close = db.prepare<[UserId]>("DELETE FROM histories WHERE user = ?");
  const insert = db.prepare<[UserId, number, Uint8Array, number | bigint, number, Hour, Hour]>(
    "INSERT INTO copies (user, sequence, conversation, slot, bytes, hour, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  /** What deletes copies and takes them off the sums; says how many there were. */
  const erasure = (where: string) => {
    const erase = slots.erasure(`copies WHERE ${where}`);
    return (...of: readonly unknown[]): number => {
      const erased = erase(...of);
      for (const { user, bytes } of erased) subtract.run(bytes, user);
      return erased.length;
    };
  };
  const eraseOldest = erasure("user = ? AND sequence = (SELECT min(sequence) FROM copies WHERE user = ?)");
  const eraseAll = erasure("user = ?");
  const eraseExpired = erasure(
    "(user, sequence) IN (SELECT user, sequence FROM copies WHERE expires < ? ORDER BY expires LIMIT ?)",
  );

  function sumsOf(user: UserId): Sums {
    return sums.get(user) ?? { last: 0, copies: 0, bytes: 0 };
  }

  return {
    keep({ user, conversation, id, copy, hour, expires, most }) {
      open.run(user);
      if (sums.get(user) === undefined || most.copies < 1 || copy.length > most.bytes) return "conflict";
      let { copies, bytes } = sumsOf(user);
      while (copies >= most.copies || bytes + copy.length > most.bytes) {
        eraseOldest(user, user);
        ({ copies, bytes } = sumsOf(user));
      }
      insert.run(user, sumsOf(user).last + 1, conversation, slots.fill(copy, id), copy.length, hour, expires);
      add.run(copy.length, user);
      return "applied";
    },
    release(user) {
      eraseAll(user);
      close.run(user);
    },
    sweep: (hour, limit) => eraseExpired(hour, limit),
    releaseSlots: (limit) => slots.release(limit),
  };
}
