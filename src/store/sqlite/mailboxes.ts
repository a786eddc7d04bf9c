/** Mailboxes: a message takes the next sequence of its recipient's, within what the quota leaves its sender. */
import type { Hour } from "../../util/time.js";
import type { Change } from "../changes.js";
import type { Sequence, UserId } from "../rows.js";
import type { Tally, Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import type { MailboxLimits } from "./quota.js";
import type { Slots } from "./slots.js";

type StoreMessage = Omit<Extract<Change, { kind: "storeMessage" }>, "kind">;

/** The statements that fill mailboxes, for the connection that writes. */
export interface Mailboxes {
  /** Changes nothing when the verdict is not `applied`. */
  store(message: StoreMessage, tally: Tally): Verdict;
  /** Remembers since when the mailbox has been full, if it has ever held anything. */
  markFull(recipient: UserId, hour: Hour): void;
  clearFull(recipient: UserId): void;
  /** Forgets the mailbox itself, which must be empty. */
  close(user: UserId): void;
}

/** Prepares the statements. */
export function prepareMailboxes(db: Connection, slots: Slots, limits: MailboxLimits): Mailboxes {
  const add = db
    .prepare<[number, UserId, number, number], Sequence>(
      `
    UPDATE mailboxes SET last_sequence = last_sequence + 1, messages = messages + 1, bytes = bytes + ?
    WHERE user = ? AND messages < ? AND bytes <= ? RETURNING last_sequence`,
    )
    .pluck();
  const takeBack = db.prepare<[number, UserId]>(`
    UPDATE mailboxes SET last_sequence = last_sequence - 1, messages = messages - 1, bytes = bytes - ? WHERE user = ?`);
  const addToOrigin = db.prepare<[UserId, Uint8Array, number, number, number]>(`
    INSERT INTO mailbox_origins (user, origin, messages, bytes) VALUES (?, ?, 1, ?)
    ON CONFLICT (user, origin) DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes
      WHERE messages < ? AND bytes + excluded.bytes <= ?`);
  const isThere = db.prepare<[UserId], 1>("SELECT 1 FROM mailboxes WHERE user = ?").pluck();
  const open = db.prepare<[UserId]>(`
    INSERT INTO mailboxes (user, last_sequence, messages, bytes)
    SELECT id, 0, 0, 0 FROM users WHERE id = ? AND folded IS NOT NULL`);
  const close = db.prepare<[UserId]>("DELETE FROM mailboxes WHERE user = ?");
  const insert = db.prepare(`
    INSERT INTO deliveries (recipient, sequence, payload, bytes, origin, expires,
      outcome, outcome_expires, receipt_to, receipt)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const markFull = db.prepare<[Hour, UserId]>(
    "UPDATE mailboxes SET full_since = ? WHERE user = ? AND full_since IS NULL",
  );
  const clearFull = db.prepare<[UserId]>(
    "UPDATE mailboxes SET full_since = NULL WHERE user = ? AND full_since IS NOT NULL",
  );
  const { mailbox, origin: share } = limits;

  return {
    store({ recipient, origin, payload, expires, outcome, receipt }, tally) {
      const bytes = payload.length;
      const addMessage = () => add.get(bytes, recipient, mailbox.messages, mailbox.bytes - bytes);
      let sequence = addMessage();
      if (sequence === undefined) {
        if (isThere.get(recipient) !== undefined) return "refused";
        if (open.run(recipient).changes === 0) return "conflict";
        sequence = addMessage();
      }
      const added = sequence !== undefined && bytes <= share.bytes;
      if (!added || addToOrigin.run(recipient, origin, bytes, share.messages, share.bytes).changes === 0) {
        if (sequence === undefined || sequence === 1) close.run(recipient);
        else takeBack.run(bytes, recipient);
        return "refused";
      }
      insert.run(
        recipient,
        sequence,
        slots.fill(payload),
        bytes,
        origin,
        expires,
        outcome?.id ?? null,
        outcome?.expires ?? null,
        receipt?.to ?? null,
        receipt?.id ?? null,
      );
      tally.deliveries++;
      tally.payloadBytes += bytes;
      return "applied";
    },
    markFull: (recipient, hour) => void markFull.run(hour, recipient),
    clearFull: (recipient) => void clearFull.run(recipient),
    close: (user) => void close.run(user),
  };
}
