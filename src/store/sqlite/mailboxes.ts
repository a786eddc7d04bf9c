/** Mailboxes: a message takes the next sequence of its recipient's, within what the quota leaves its sender. */
import type { Change } from "../changes.js";
import type { Sequence, UserId } from "../rows.js";
import type { Connection } from "./connection.js";
import type { MailboxLimits } from "./quota.js";
import { prepareSlots } from "./slots.js";

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
  const slots = prepareSlots(db);
  const openMailbox = db.prepare("INSERT INTO mailboxes (user, last_sequence, messages, bytes) VALUES (?, 0, 0, 0)");
  const addToMailbox = db.prepare(`
    UPDATE mailboxes SET last_sequence = last_sequence + 1, messages = messages + 1, bytes = bytes + ?
    WHERE user = ? AND messages < ? AND bytes <= ?`);
  const addToOrigin = db.prepare(`
    INSERT INTO mailbox_origins (user, origin, messages, bytes) VALUES (?, ?, 1, ?)
    ON CONFLICT (user, origin) DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes
      WHERE messages < ? AND bytes + excluded.bytes <= ?`);
  const insertDelivery = db.prepare(`
    INSERT INTO deliveries (recipient, sequence, payload, bytes, origin, expires)
    SELECT user, last_sequence, ?, ?, ?, ? FROM mailboxes WHERE user = ?`);
  const addToTotals = db.prepare("UPDATE totals SET deliveries = deliveries + 1, payload_bytes = payload_bytes + ?");
  const userExists = db.prepare("SELECT 1 FROM users WHERE id = ?").pluck();
  const erase = db.prepare("DELETE FROM deliveries WHERE recipient = ? AND sequence = ?");

  const hasMailbox = db.prepare("SELECT 1 FROM mailboxes WHERE user = ?").pluck();

  return {
    store({ recipient, origin, payload, expires }) {
      const bytes = payload.length;
      if (hasMailbox.get(recipient) === undefined) {
        if (userExists.get(recipient) === undefined) return "conflict";
        openMailbox.run(recipient);
      }
      const { mailbox, origin: share } = limits;
      if (bytes > share.bytes) return "refused";
      if (addToMailbox.run(bytes, recipient, mailbox.messages, mailbox.bytes - bytes).changes === 0) return "refused";
      if (addToOrigin.run(recipient, origin, bytes, share.messages, share.bytes).changes === 0) return "refused";
      insertDelivery.run(slots.fill(payload), bytes, origin, expires, recipient);
      addToTotals.run(bytes);
      return "applied";
    },
    erase: (recipient, sequence) => void erase.run(recipient, sequence),
  };
}
