/** Mailboxes: a message takes the next sequence of its recipient's, within what the quota leaves its sender. */
import type { Hour } from "../../util/time.js";
import type { Change } from "../changes.js";
import type { UserId } from "../identifiers.js";
import type { Applying, Tally, Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import type { MailboxLimits } from "./quota.js";
import { encodeSettlement } from "./settlement.js";
import type { Slots } from "./slots.js";
import { preparePresence } from "./users.js";

/** What is stored once for many: who they are is said apart, and there is nothing to settle. */
export type SharedMessage = Pick<Extract<Change, { kind: "storeMessage" }>, "origin" | "payload" | "expires">;
type StoreMessage = Omit<Extract<Change, { kind: "storeMessage" }>, "kind">;

/** The statements that fill mailboxes, for the connection that writes. */
export interface Mailboxes {
  /** Changes nothing when the verdict is not `applied`. */
  store(message: StoreMessage, tally: Tally): Verdict;
  /** Stores it once for all of them. Mailboxes that are full are marked so, and go without. */
  storeForMany(recipients: readonly UserId[], message: SharedMessage, applying: Applying): void;
  /** As `store` would do it, but nothing of the message is kept: see `phantoms.ts`. */
  refuse(message: StoreMessage): Verdict;
  /** Remembers since when the mailbox has been full, if it has ever held anything. */
  markFull(recipient: UserId, hour: Hour): void;
  clearFull(recipient: UserId): void;
  /** Forgets the mailbox itself, which must be empty. */
  close(user: UserId): void;
}

interface Sums {
  readonly messages: number;
  readonly bytes: number;
  readonly contactMessages: number;
  readonly contactBytes: number;
}
interface MailboxSums extends Sums {
  readonly last: number;
}

const NO_BYTES = new Uint8Array();
const NOTHING: Sums = { messages: 0, bytes: 0, contactMessages: 0, contactBytes: 0 };
const EMPTY: MailboxSums = { ...NOTHING, last: 0 };

/** Prepares the statements. */
export function prepareMailboxes(db: Connection, slots: Slots, limits: MailboxLimits): Mailboxes {
  const sums = db.prepare<[UserId], MailboxSums>(
    `SELECT last_sequence AS last, messages, bytes, contact_messages AS contactMessages, contact_bytes AS contactBytes
     FROM mailboxes WHERE user = ?`,
  );
  const open = db.prepare<[UserId]>(`
    INSERT INTO mailboxes (user, last_sequence, messages, bytes)
    SELECT id, 0, 0, 0 FROM users WHERE id = ? AND name IS NOT NULL`);
  const put = db.prepare<[number, number, number, UserId]>(
    "UPDATE mailboxes SET last_sequence = ?, messages = ?, bytes = ? WHERE user = ?",
  );
  const putOfContact = db.prepare<[number, UserId]>(
    "UPDATE mailboxes SET contact_messages = contact_messages + 1, contact_bytes = contact_bytes + ? WHERE user = ?",
  );
  const addToOrigin = db.prepare<[UserId, Uint8Array, number, number, number]>(`
    INSERT INTO mailbox_origins (user, origin, messages, bytes) VALUES (?, ?, 1, ?)
    ON CONFLICT (user, origin) DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes
      WHERE messages < ? AND bytes + excluded.bytes <= ?`);
  const close = db.prepare<[UserId]>("DELETE FROM mailboxes WHERE user = ?");
  const insert = db.prepare<[UserId, number, number | bigint, number, Uint8Array, Hour, number]>(
    "INSERT INTO deliveries (recipient, sequence, payload, bytes, origin, expires, contact) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const markFull = db.prepare<[Hour, UserId]>(
    "UPDATE mailboxes SET full_since = ? WHERE user = ? AND full_since IS NULL",
  );
  const clearFull = db.prepare<[UserId]>(
    "UPDATE mailboxes SET full_since = NULL WHERE user = ? AND full_since IS NOT NULL",
  );
  const isThere = preparePresence(db);
  const phantomsOf = db.prepare<[UserId], Sums>(`
    SELECT messages, bytes, contact_messages AS contactMessages, contact_bytes AS contactBytes
    FROM phantom_sums WHERE user = ?`);
  const addPhantom = db.prepare<[UserId, number, number, number]>(`
    INSERT INTO phantom_sums (user, messages, bytes, contact_messages, contact_bytes) VALUES (?, 1, ?, ?, ?)
    ON CONFLICT (user) DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes,
      contact_messages = contact_messages + excluded.contact_messages,
      contact_bytes = contact_bytes + excluded.contact_bytes`);
  const insertPhantom = db.prepare<[UserId, Uint8Array, number | bigint, number, number, Hour]>(
    "INSERT INTO phantoms (recipient, origin, payload, bytes, contact, expires) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const { mailbox, strangers, origin: share } = limits;

  /** Is there room for so many bytes more, beside what is there and what `phantoms` would take? */
  function hasRoom(found: Sums, bytes: number, contact: boolean, phantoms: Sums): boolean {
    const messages = found.messages + phantoms.messages + 1;
    const sum = found.bytes + phantoms.bytes + bytes;
    if (messages > mailbox.messages || sum > mailbox.bytes || bytes > share.bytes) return false;
    if (contact) return true;
    const ofStrangers = messages - found.contactMessages - phantoms.contactMessages;
    return ofStrangers <= strangers.messages && sum - found.contactBytes - phantoms.contactBytes <= strangers.bytes;
  }

  function deliver(
    { recipient, origin, payload, expires, contact: isContact }: StoreMessage,
    slot: () => number | bigint,
  ): Verdict {
    const bytes = payload.length;
    const contact = isContact === true;
    const found = sums.get(recipient) ?? EMPTY;
    const { last, messages, bytes: before } = found;
    if (last === 0 && open.run(recipient).changes === 0) return "conflict";
    const fits = hasRoom(found, bytes, contact, NOTHING);
    if (!fits || addToOrigin.run(recipient, origin, bytes, share.messages, share.bytes).changes === 0) {
      if (last === 0) close.run(recipient);
      return "refused";
    }
    const sequence = last + 1;
    put.run(sequence, messages + 1, before + bytes, recipient);
    if (contact) putOfContact.run(bytes, recipient);
    insert.run(recipient, sequence, slot(), bytes, origin, expires, contact ? 1 : 0);
    return "applied";
  }

  return {
    store(message, tally) {
      const { payload } = message;
      const verdict = deliver(message, () => slots.fill(payload, encodeSettlement(message)));
      if (verdict !== "applied") return verdict;
      tally.deliveries++;
      tally.payloadBytes += payload.length;
      return verdict;
    },
    refuse(message) {
      const { recipient, origin, payload, expires, contact: isContact } = message;
      const bytes = payload.length;
      const contact = isContact === true;
      if (!isThere(recipient)) return "conflict";
      const phantoms = phantomsOf.get(recipient) ?? NOTHING;
      if (!hasRoom(sums.get(recipient) ?? EMPTY, bytes, contact, phantoms)) return "refused";
      if (addToOrigin.run(recipient, origin, bytes, share.messages, share.bytes).changes === 0) return "refused";
      addPhantom.run(recipient, bytes, contact ? 1 : 0, contact ? bytes : 0);
      const slot = slots.fill(NO_BYTES, encodeSettlement(message));
      insertPhantom.run(recipient, origin, slot, bytes, contact ? 1 : 0, expires);
      return "applied";
    },
    storeForMany(recipients, message, { hour, receipts, tally }) {
      let filled: number | bigint | undefined;
      const slot = (): number | bigint => (filled ??= slots.fill(message.payload, NO_BYTES));
      for (const recipient of recipients) {
        const verdict = deliver({ ...message, recipient }, slot);
        if (verdict === "refused") markFull.run(hour, recipient);
        if (verdict !== "applied") continue;
        receipts.add(recipient);
        tally.deliveries++;
      }
      if (filled !== undefined) tally.payloadBytes += message.payload.length;
    },
    markFull: (recipient, hour) => void markFull.run(hour, recipient),
    clearFull: (recipient) => void clearFull.run(recipient),
    close: (user) => void close.run(user),
  };
}
