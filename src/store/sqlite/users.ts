/** Users, their keys and their names as SQL. */
import type { Hour } from "../../util/time.js";
import type { Change } from "../changes.js";
import type { UserId } from "../identifiers.js";
import type { Applying, Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import { KEY_VERSION_BASE, RECOVERY_KEY_BYTES } from "./widths.js";

type ChangeOf<Kind extends Change["kind"]> = Extract<Change, { kind: Kind }>;

type NewUser = Pick<
  ChangeOf<"insertUser">,
  "name" | "folded" | "algorithm" | "key" | "recoveryKey" | "signature" | "created"
>;

const NO_RECOVERY_KEY = Buffer.alloc(RECOVERY_KEY_BYTES);

/** The statements of users, for the connection that writes. */
export interface Users {
  /** The id of the new user; `undefined` when the name is taken or held. */
  insert(user: NewUser, applying: Applying): UserId | undefined;
  /** Whether the user is there and their key is of this version. */
  hasKey(user: UserId, keyVersion: number): boolean;
  changeKey(change: ChangeOf<"changeKey">): Verdict;
  /** Empties the rows of the user (but for the held name) and of their keys. What else hangs on the user is the caller's. */
  release(change: ChangeOf<"releaseUser">, applying: Applying): Verdict;
}

/** Prepares what tells whether a user is there, and has not given their name up. */
export function preparePresence(db: Connection): (user: UserId) => boolean {
  const named = db.prepare<[UserId], 1>("SELECT 1 FROM users WHERE id = ? AND name IS NOT NULL").pluck();
  return (user) => named.get(user) !== undefined;
}

/** Prepares the statements. */
export function prepareUsers(db: Connection): Users {
  const insert = db.prepare(`
    INSERT INTO users (folded, name, algorithm, key, key_version, recovery_key) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (folded) DO NOTHING`);
  const hasKey = db.prepare<[UserId, number], 1>("SELECT 1 FROM users WHERE id = ? AND key_version = ?").pluck();
  const logKey = db.prepare<[string, Hour, Uint8Array, UserId]>(`
    INSERT INTO key_log (user, sequence, by, at, algorithm, key, signature, recovery_key)
    SELECT id, key_version - ${KEY_VERSION_BASE}, ?, ?, algorithm, key, ?,
      nullif(recovery_key, zeroblob(${RECOVERY_KEY_BYTES})) FROM users WHERE id = ?`);
  const changeKey = db.prepare<[Uint8Array, Uint8Array | null, UserId, number]>(`
    UPDATE users SET algorithm = 'ed25519', key = ?, key_version = key_version + 1, recovery_key = coalesce(?, recovery_key)
    WHERE id = ? AND key_version = ?`);
  const release = db.prepare<[Hour, UserId, number, string]>(`
    UPDATE users SET name = NULL, algorithm = NULL, key = NULL, key_version = 0, recovery_key = NULL, held_until = ?
    WHERE id = ? AND key_version = ? AND folded = ?`);
  const forgetKeys = db.prepare<[UserId]>(`
    UPDATE key_log SET user = NULL, sequence = NULL, by = NULL, at = NULL, algorithm = NULL, key = NULL, signature = NULL,
      recovery_key = NULL WHERE user = ?`);

  return {
    insert({ name, folded, algorithm, key, recoveryKey = NO_RECOVERY_KEY, signature, created }, { users, tally }) {
      const inserted = insert.run(folded, name, algorithm, key, KEY_VERSION_BASE + 1, recoveryKey);
      if (inserted.changes === 0) return undefined;
      const user = Number(inserted.lastInsertRowid) as UserId;
      logKey.run("registration", created, signature, user);
      users.push(user);
      tally.users++;
      return user;
    },
    hasKey: (user, keyVersion) => hasKey.get(user, KEY_VERSION_BASE + keyVersion) !== undefined,
    changeKey({ user, keyVersion, key, recoveryKey, by, signature, at }) {
      const changed = changeKey.run(key, recoveryKey ?? null, user, KEY_VERSION_BASE + keyVersion);
      if (changed.changes === 0) return "conflict";
      logKey.run(by, at, signature, user);
      return "applied";
    },
    release({ user, keyVersion, folded, heldUntil }, { tally }) {
      if (release.run(heldUntil, user, KEY_VERSION_BASE + keyVersion, folded).changes === 0) return "conflict";
      forgetKeys.run(user);
      tally.users--;
      return "applied";
    },
  };
}
