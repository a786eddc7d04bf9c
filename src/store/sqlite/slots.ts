/**
 * Slots for messages. SQLite's secure_delete overwrites the row that is deleted, but not the copies that it leaves in the
 * unused part of pages when it moves rows from one page to another, as it does when their neighbours go. So a message
 * lies in a row that is never moved: rows are only ever appended, keep their size, and are overwritten where they are.
 */
import type { Connection } from "./connection.js";

/** The statements of slots, for the connection that writes. A slot is freed with its last delivery: see `erasing.ts`. */
export interface Slots {
  /** Puts a payload, and its settlement behind it, into a free slot, or into a new one; returns its id. */
  fill(payload: Uint8Array, settlement: Uint8Array): number | bigint;
  /** Gives at most `limit` free slots at the end of the table back to the file, so that other tables can use the room. */
  release(limit: number): void;
}

const SMALLEST_SLOT = 256;
/**
 * Free slots that stay at the end. Deleting a row can move rows of the three pages around it, and these are more than
 * three pages of the smallest slots: no message is ever moved.
 */
const KEPT_SLOTS = 64;

/** Prepares the statements. */
export function prepareSlots(db: Connection): Slots {
  const free = db
    .prepare<[number], number>("SELECT id FROM payloads WHERE waiting = 0 AND length(body) = ? LIMIT 1")
    .pluck();
  const reuse = db.prepare<[Uint8Array, number]>("UPDATE payloads SET waiting = 1, body = ? WHERE id = ?");
  const append = db.prepare<[Uint8Array]>("INSERT INTO payloads (waiting, body) VALUES (1, ?)");

  const last = db.prepare<[], number | null>("SELECT max(id) FROM payloads").pluck();
  const lastFull = db
    .prepare<[number], number>("SELECT id FROM payloads WHERE id > ? AND waiting = 1 ORDER BY id DESC LIMIT 1")
    .pluck();
  const truncate = db.prepare<[number]>("DELETE FROM payloads WHERE id > ?");

  return {
    fill(payload, settlement) {
      const body = Buffer.alloc(slotSize(payload.length + settlement.length));
      body.set(payload);
      body.set(settlement, payload.length);
      const slot = free.get(body.length);
      if (slot === undefined) return append.run(body).lastInsertRowid;
      reuse.run(body, slot);
      return slot;
    },
    release(limit) {
      const end = last.get() ?? 0;
      const start = Math.max(0, end - limit - KEPT_SLOTS);
      truncate.run((lastFull.get(start) ?? start) + KEPT_SLOTS);
    },
  };
}

/** Bytes of the slot for a payload: a power of two, or half as much again, so that slots of few sizes serve all. */
export function slotSize(bytes: number): number {
  let size = SMALLEST_SLOT;
  while (size < bytes) size *= 2;
  return size > SMALLEST_SLOT && size * (3 / 4) >= bytes ? size * (3 / 4) : size;
}
