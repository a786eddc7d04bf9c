/**
 * The end of phantoms: messages that were refused for want of consent, and count for their sender as if they waited. None is
 * ever delivered; each expires when the message would have, or with its recipient.
 */
import type { Hour } from "../../util/time.js";
import type { UserId } from "../identifiers.js";
import type { Applying } from "./applying.js";
import type { Connection } from "./connection.js";
import type { Erasing } from "./erasing.js";
import { SETTLEMENT_BYTES } from "./settlement.js";
import type { Slots } from "./slots.js";

/** The statements that end phantoms, for the connection that writes. */
export interface Phantoms {
  /** Ends at most `limit` that expired before `hour`; how many there were. */
  sweep(hour: Hour, limit: number, applying: Applying): number;
  /** Ends those for a recipient who goes. */
  release(recipient: UserId, applying: Applying): void;
}

interface PhantomParts {
  readonly erasing: Erasing;
  readonly slots: Slots;
}
interface PhantomRow {
  readonly row: number;
  readonly recipient: UserId;
  readonly origin: Buffer;
  readonly payload: number;
  readonly bytes: number;
  /** 1: from a contact. */
  readonly contact: number;
  readonly settlement: Buffer;
}

/** Prepares the statements. */
export function preparePhantoms(db: Connection, { erasing, slots }: PhantomParts): Phantoms {
  const select = (where: string) =>
    db.prepare<unknown[], PhantomRow>(`
      SELECT row, recipient, origin, payload, bytes, contact, substr(body, 1, ${SETTLEMENT_BYTES}) AS settlement
      FROM phantoms JOIN payloads ON payloads.id = payload WHERE ${where}`);
  const overdue = select("expires < ? ORDER BY expires, row LIMIT ?");
  const waitingFor = select("recipient = ? ORDER BY row");
  const erase = db.prepare<[number]>("DELETE FROM phantoms WHERE row = ?");
  const subtractFromOrigin = db.prepare<[number, UserId, Buffer]>(
    "UPDATE mailbox_origins SET messages = messages - 1, bytes = bytes - ? WHERE user = ? AND origin = ?",
  );
  const dropOrigin = db.prepare<[UserId, Buffer]>(
    "DELETE FROM mailbox_origins WHERE user = ? AND origin = ? AND messages = 0",
  );
  const subtract = db.prepare<[number, number, number, UserId]>(`
    UPDATE phantom_sums SET messages = messages - 1, bytes = bytes - ?, contact_messages = contact_messages - ?,
      contact_bytes = contact_bytes - ? WHERE user = ?`);
  const dropSums = db.prepare<[UserId]>("DELETE FROM phantom_sums WHERE user = ? AND messages = 0");

  function end(rows: readonly PhantomRow[], applying: Applying): void {
    for (const { row, recipient, origin, payload, bytes, contact } of rows) {
      erase.run(row);
      slots.empty(payload);
      subtractFromOrigin.run(bytes, recipient, origin);
      dropOrigin.run(recipient, origin);
      subtract.run(bytes, contact, contact * bytes, recipient);
      dropSums.run(recipient);
    }
    for (const { settlement } of rows) erasing.settle(settlement, "expired", applying);
  }

  return {
    sweep(hour, limit, applying) {
      const rows = overdue.all(hour, limit);
      end(rows, applying);
      return rows.length;
    },
    release(recipient, applying) {
      end(waitingFor.all(recipient), applying);
    },
  };
}
