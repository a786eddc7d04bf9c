/** Mailboxes: a message takes the next sequence of its recipient's, within what the quota leaves its sender. */
import type { Change } from "../changes.js";
import type { Sequence, UserId } from "../rows.js";
import type { Connection } from "./connection.js";
import type { MailboxLimits } from "./quota.js";

type StoreMessage = Extract<Change, { kind: "storeMessage" }>;

/** The statements of mailboxes, for the connection that writes. */
export interface Mailboxes {
  /** May leave half of itself behind when the verdict is not `applied`. */
  store(message: StoreMessage): "applied" | "conflict" | "refused";
  /** Nothing happens when it is gone already. */
  erase(recipient: UserId, sequence: Sequence): void;
}

/** Prepares the statements. What goes is taken off the sums, with a payload that nobody waits for, by triggers. */
export function createMailboxes(db: Connection, limits: MailboxLimits): Mailboxes {
  const addToMailbox = db
    .prepare<[UserId, number, number, number], Sequence>(
      `INSERT INTO mailboxes (user, last_sequence, messages, bytes) SELECT id, 1, 1, bytes
        FROM (SELECT ? AS recipient, ? AS bytes) JOIN users ON id = recipient WHERE true
      ON CONFLICT (user) DO UPDATE
        SET last_sequence = last_sequence + 1, messages = messages + 1, bytes = bytes + excluded.bytes
        WHERE messages < ? AND bytes + excluded.bytes <= ?
      RETURNING last_sequence`,
    )
    .pluck();
  const addToOrigin = db.prepare(`
    INSERT INTO mailbox_origins (user, origin, messages, bytes) VALUES (?, ?, 1, ?)
    ON CONFLICT (user, origin) DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes
      WHERE messages < ? AND bytes + excluded.bytes <= ?`);
  const insertPayload = db.prepare("INSERT INTO payloads (body) VALUES (?)");
  const insertDelivery = db.prepare(
    "INSERT INTO deliveries (recipient, sequence, payload, origin, expires) VALUES (?, ?, ?, ?, ?)",
  );
  const addToTotals = db.prepare("UPDATE totals SET deliveries = deliveries + 1, payload_bytes = payload_bytes + ?");
  const userExists = db.prepare("SELECT 1 FROM users WHERE id = ?").pluck();
  const erase = db.prepare("DELETE FROM deliveries WHERE recipient = ? AND sequence = ?");

  return {
    store({ recipient, origin, payload, expires }) {
      const bytes = payload.length;
      const fits = bytes <= limits.origin.bytes && bytes <= limits.mailbox.bytes;
      const sequence = fits
        ? addToMailbox.get(recipient, bytes, limits.mailbox.messages, limits.mailbox.bytes)
        : undefined;
      if (sequence === undefined) return userExists.get(recipient) === undefined ? "conflict" : "refused";
      const counted = addToOrigin.run(recipient, origin, bytes, limits.origin.messages, limits.origin.bytes);
      if (counted.changes === 0) return "refused";
      const stored = insertPayload.run(payload);
      insertDelivery.run(recipient, sequence, stored.lastInsertRowid, origin, expires);
      addToTotals.run(bytes);
      return "applied";
    },
    erase: (recipient, sequence) => void erase.run(recipient, sequence),
  };
}
