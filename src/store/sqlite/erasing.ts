/**
 * The end of deliveries, in whatever way they go: off the sums, their payloads overwritten, their outcomes settled, and
 * receipts put where they were asked for.
 */
import { encodeReceiptPayload } from "../../protocol/v2/payload.js";
import type { Hour } from "../../util/time.js";
import type { Settled } from "../changes.js";
import { RECEIPT_HOURS } from "../changes.js";
import type { Sequence, UserId } from "../identifiers.js";
import type { Applying } from "./applying.js";
import type { Connection } from "./connection.js";
import type { Mailboxes } from "./mailboxes.js";
import type { Outcomes } from "./outcomes.js";
import type { Settlement } from "./settlement.js";
import { decodeSettlement, SETTLEMENT_BYTES } from "./settlement.js";
import { emptySlots } from "./slots.js";

/** The statements that empty mailboxes, for the connection that writes. Deliveries that are not there are passed over. */
export interface Erasing {
  one(recipient: UserId, sequence: Sequence): ErasedRow[];
  /** Both ends included. */
  range(recipient: UserId, first: number, last: number): ErasedRow[];
  /** At most `limit` that expired before `hour`. */
  expired(hour: Hour, limit: number): ErasedRow[];
  /** What is to be done at the end of one message, as it lies behind it. */
  settle(settlement: Buffer, as: Settled, applying: Applying): void;
  /** What must follow, in the same transaction, for all that was erased together. */
  finish(rows: readonly ErasedRow[], as: Settled, applying: Applying): void;
}

/** A delivery whose row is gone, and nothing else of it. `settlement`: what lies behind its payload. */
export interface ErasedRow {
  readonly recipient: UserId;
  readonly sequence: Sequence;
  readonly payload: number;
  readonly bytes: number;
  readonly origin: Buffer;
  /** 1: from a contact. */
  readonly contact: number;
  readonly settlement: Buffer;
}

interface Sum {
  readonly user: UserId;
  readonly origin: Buffer;
  messages: number;
  bytes: number;
  contactMessages: number;
  contactBytes: number;
}

const SELECT = `
  SELECT recipient, sequence, payload, bytes, origin, contact, substr(body, bytes + 1, ${SETTLEMENT_BYTES}) AS settlement
  FROM deliveries JOIN payloads ON payloads.id = payload WHERE`;

/** Prepares the statements. */
export function prepareErasing(db: Connection, mailboxes: Mailboxes, outcomes: Outcomes): Erasing {
  /** Rows that are read, and then deleted; both statements take the same parameters. */
  const erasure = (where: string) => {
    const select = db.prepare<unknown[], ErasedRow>(`${SELECT} ${where}`);
    const erase = db.prepare(`DELETE FROM deliveries WHERE ${where}`);
    return (...of: readonly unknown[]): ErasedRow[] => {
      const rows = select.all(...of);
      if (rows.length > 0) erase.run(...of);
      return rows;
    };
  };
  const isLast = "waiting = 1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE payload = payloads.id)";
  const overwrite = db.prepare<[number]>(emptySlots("payloads", `id = ? AND ${isLast}`));
  const subtract = db.prepare<[number, number, number, number, UserId]>(
    `UPDATE mailboxes SET messages = messages - ?, bytes = bytes - ?, contact_messages = contact_messages - ?,
       contact_bytes = contact_bytes - ? WHERE user = ?`,
  );
  const dropOrigin = db.prepare<[UserId, Buffer, number]>(
    "DELETE FROM mailbox_origins WHERE user = ? AND origin = ? AND messages <= ?",
  );
  const subtractFromOrigin = db.prepare<[number, number, UserId, Buffer]>(
    "UPDATE mailbox_origins SET messages = messages - ?, bytes = bytes - ? WHERE user = ? AND origin = ?",
  );

  function settle({ outcome, receipt }: Settlement, as: Settled, applying: Applying): void {
    if (outcome !== undefined) outcomes.settle(outcome.id, as, outcome.expires);
    if (receipt === undefined || !applying.receiptsFit) return;
    const { hour, receipts, tally } = applying;
    const { to, id } = receipt;
    const payload = encodeReceiptPayload({ id, state: as });
    const expires = (hour + RECEIPT_HOURS) as Hour;
    const verdict = mailboxes.store({ recipient: to, origin: ownOrigin(to), payload, expires }, tally);
    if (verdict === "applied") receipts.add(to);
  }

  return {
    settle: (settlement, as, applying) => {
      settle(decodeSettlement(settlement), as, applying);
    },
    one: erasure("recipient = ? AND sequence = ?"),
    range: erasure("recipient = ? AND sequence BETWEEN ? AND ?"),
    expired: erasure("expires < ? ORDER BY expires, payload LIMIT ?"),
    finish(rows, as, applying) {
      for (const sum of sumsBy(rows, ({ recipient }) => String(recipient))) {
        subtract.run(sum.messages, sum.bytes, sum.contactMessages, sum.contactBytes, sum.user);
      }
      for (const sum of sumsBy(rows, ({ recipient, origin }) => `${recipient} ${origin.toString("latin1")}`)) {
        const { user, origin, messages, bytes } = sum;
        if (dropOrigin.run(user, origin, messages).changes === 0) subtractFromOrigin.run(messages, bytes, user, origin);
      }
      const { tally } = applying;
      tally.deliveries -= rows.length;
      for (const { payload, bytes } of rows) if (overwrite.run(payload).changes > 0) tally.payloadBytes -= bytes;
      // Last, so that a receipt finds the room that was made.
      for (const { settlement } of inOrder(rows)) settle(decodeSettlement(settlement), as, applying);
    },
  };
}

function inOrder(rows: readonly ErasedRow[]): readonly ErasedRow[] {
  return rows.toSorted((a, b) => a.recipient - b.recipient || a.sequence - b.sequence);
}

/** What one's own receipts and notices count as in a mailbox: no sender's origin is as short. */
export function ownOrigin(user: UserId): Buffer {
  const origin = Buffer.alloc(8);
  origin.writeBigUInt64BE(BigInt(user));
  return origin;
}

function sumsBy(rows: readonly ErasedRow[], keyOf: (row: ErasedRow) => string): Iterable<Sum> {
  const sums = new Map<string, Sum>();
  for (const row of rows) {
    const key = keyOf(row);
    const { recipient: user, origin, bytes, contact } = row;
    const sum = sums.get(key) ?? { user, origin, messages: 0, bytes: 0, contactMessages: 0, contactBytes: 0 };
    sums.set(key, sum);
    sum.messages++;
    sum.bytes += bytes;
    sum.contactMessages += contact;
    sum.contactBytes += contact * bytes;
  }
  return sums.values();
}
