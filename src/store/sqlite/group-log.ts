/** The logs of groups as SQL. Entries lie in slots, which are overwritten when they go (see `slots.ts`). */
import type { UserId } from "../identifiers.js";
import type { Connection } from "./connection.js";
import type { Slots } from "./slots.js";

/** An entry that is to be kept. */
export interface NewEntry {
  readonly sequence: number;
  readonly actor: UserId;
  readonly keyVersion: number;
  readonly subject: UserId | undefined;
  readonly entry: Uint8Array;
}

/** The statements, for the connection that writes. Groups go by their rows. */
export interface GroupLog {
  append(group: number, entry: NewEntry): void;
  /** A place without an entry. */
  skip(group: number, sequence: number): void;
  /** Erases what is not above `sequence`. */
  trim(group: number, sequence: number): void;
  /** Erases all of a group's. */
  erase(group: number): void;
  /** Empties the places that a user had to do with. */
  forget(user: UserId): void;
}

const NO_BYTES = new Uint8Array();

/** Prepares the statements. */
export function prepareGroupLog(db: Connection, slots: Slots): GroupLog {
  const insert = db.prepare<[number, number, UserId, number, UserId | null, number | bigint, number]>(
    "INSERT INTO group_log (grp, sequence, actor, key_version, subject, entry, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const insertEmpty = db.prepare<[number, number]>("INSERT INTO group_log (grp, sequence) VALUES (?, ?)");
  const upTo = db
    .prepare<[number, number], number>(
      "SELECT entry FROM group_log WHERE grp = ? AND sequence <= ? AND entry IS NOT NULL",
    )
    .pluck();
  const deleteUpTo = db.prepare<[number, number]>("DELETE FROM group_log WHERE grp = ? AND sequence <= ?");
  const slotsOf = db
    .prepare<[UserId, UserId], number>(
      `SELECT entry FROM group_log WHERE actor = ? AND entry IS NOT NULL UNION
       SELECT entry FROM group_log WHERE subject = ? AND entry IS NOT NULL`,
    )
    .pluck();
  const empty = (column: "actor" | "subject") =>
    db.prepare<[UserId]>(`
      UPDATE group_log SET actor = NULL, key_version = NULL, subject = NULL, entry = NULL, bytes = NULL
      WHERE ${column} = ?`);
  const emptyOf = [empty("actor"), empty("subject")];

  const log: GroupLog = {
    append(group, { sequence, actor, keyVersion, subject, entry }) {
      insert.run(group, sequence, actor, keyVersion, subject ?? null, slots.fill(entry, NO_BYTES), entry.length);
    },
    skip: (group, sequence) => void insertEmpty.run(group, sequence),
    trim(group, sequence) {
      for (const slot of upTo.all(group, sequence)) slots.empty(slot);
      deleteUpTo.run(group, sequence);
    },
    erase(group) {
      log.trim(group, Number.MAX_SAFE_INTEGER);
    },
    forget(user) {
      for (const slot of slotsOf.all(user, user)) slots.empty(slot);
      for (const statement of emptyOf) statement.run(user);
    },
  };
  return log;
}
