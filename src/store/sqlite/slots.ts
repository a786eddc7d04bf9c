/**
 * Slots for messages. SQLite's secure_delete overwrites the row that is deleted, but not the copies that it leaves in the
 * unused part of pages when it moves rows from one page to another, as it does when their neighbours go. So a message
 * lies in a row that is never moved: rows are only ever appended, keep their size, and are overwritten where they are.
 */
import type { UserId } from "../identifiers.js";
import type { Connection } from "./connection.js";

/** The statements of slots, for the connection that writes. A slot is freed with its last delivery: see `erasing.ts`. */
export interface Slots {
  /** Puts a payload, and its settlement behind it, into a free slot, or into a new one; returns its id. */
  fill(payload: Uint8Array, settlement: Uint8Array): number | bigint;
  /** Overwrites a slot where it is, and gives it free. */
  empty(slot: number): void;
  /** Prepares what deletes the rows of `from`, which has that column and a condition, and empties their slots. */
  erasure(from: string): (...of: readonly unknown[]) => readonly ErasedSlot[];
  /** Gives at most `limit` free slots at the end of the table back to the file, so that other tables can use the room. */
  release(limit: number): void;
}

/** What lay in a slot that was emptied: whose it was, and how long it was without what followed it. */
interface ErasedSlot {
  readonly slot: number;
  readonly user: UserId;
  readonly bytes: number;
}

/** A table of slots: `id`, `waiting`, `body`, and an index of the free ones by size. */
export interface SlotTable {
  readonly table: string;
  /** Bytes of the smallest slot. */
  readonly smallest: number;
  /**
   * Free slots that stay at the end. Deleting a row can move rows of the three pages around it, and these are more than
   * three pages of the smallest slots: none that is in use is ever moved.
   */
  readonly kept: number;
}

const SMALLEST_SLOT = 256;
/** Where messages lie. */
const MESSAGE_SLOTS: SlotTable = { table: "payloads", smallest: SMALLEST_SLOT, kept: 64 };

/** The SQL that overwrites slots where they are, and gives them free. */
export function emptySlots(table: string, where: string): string {
  return `UPDATE ${table} SET waiting = 0, body = zeroblob(length(body)) WHERE ${where}`;
}

/** Prepares the statements. */
export function prepareSlots(db: Connection, { table, smallest, kept }: SlotTable = MESSAGE_SLOTS): Slots {
  const free = db
    .prepare<[number], number>(`SELECT id FROM ${table} WHERE waiting = 0 AND length(body) = ? LIMIT 1`)
    .pluck();
  const reuse = db.prepare<[Uint8Array, number]>(`UPDATE ${table} SET waiting = 1, body = ? WHERE id = ?`);
  const append = db.prepare<[Uint8Array]>(`INSERT INTO ${table} (waiting, body) VALUES (1, ?)`);
  const empty = db.prepare<[number]>(emptySlots(table, "id = ?"));

  const last = db.prepare<[], number | null>(`SELECT max(id) FROM ${table}`).pluck();
  const lastFull = db
    .prepare<[number], number>(`SELECT id FROM ${table} WHERE id > ? AND waiting = 1 ORDER BY id DESC LIMIT 1`)
    .pluck();
  const truncate = db.prepare<[number]>(`DELETE FROM ${table} WHERE id > ?`);

  return {
    fill(payload, settlement) {
      const body = Buffer.alloc(sizeOf(payload.length + settlement.length, smallest));
      body.set(payload);
      body.set(settlement, payload.length);
      const slot = free.get(body.length);
      if (slot === undefined) return append.run(body).lastInsertRowid;
      reuse.run(body, slot);
      return slot;
    },
    empty: (slot) => void empty.run(slot),
    erasure(from) {
      const erase = db.prepare<unknown[], ErasedSlot>(`DELETE FROM ${from} RETURNING slot, user, bytes`);
      return (...of) => {
        const erased = erase.all(...of);
        for (const { slot } of erased) empty.run(slot);
        return erased;
      };
    },
    release(limit) {
      const end = last.get() ?? 0;
      const start = Math.max(0, end - limit - kept);
      truncate.run((lastFull.get(start) ?? start) + kept);
    },
  };
}

/** Bytes of the slot for a payload: a power of two, or half as much again, so that slots of few sizes serve all. */
export function slotSize(bytes: number): number {
  return sizeOf(bytes, SMALLEST_SLOT);
}

function sizeOf(bytes: number, smallest: number): number {
  let size = smallest;
  while (size < bytes) size *= 2;
  return size > smallest && size * (3 / 4) >= bytes ? size * (3 / 4) : size;
}
