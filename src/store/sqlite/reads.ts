/** The reads, as prepared statements on a connection of the calling thread: a few microseconds each, and never a wait. */
import type { SenderTag } from "../../protocol/nym-client/sender-tag.js";
import type { Hour } from "../../util/time.js";
import type { Delivery, KeyLogEntry, KeyPage, LoggedKey, MailboxState, OutcomeRow, RecoveryRight } from "../rows.js";
import type { Route, RouteOwner, RowKey, User } from "../rows.js";
import type { UserId } from "../identifiers.js";
import type { StoreCounts } from "../store.js";
import type { Connection } from "./connection.js";
import { preparePrekeyReads } from "./prekey-reads.js";
import { prepareHistoryReads } from "./history-reads.js";
import { prepareGroupReads } from "./group-reads.js";
import { prepareContactReads } from "./contacts.js";
import { prepareOperatorReads } from "./operator-reads.js";
import { tagBytes } from "./routes.js";
import { CODE_BASE, KEY_VERSION_BASE, RECOVERY_KEY_BYTES } from "./widths.js";

/** Reads of what is committed. Routes and deliveries that have expired before the given hour are not seen. */
export interface ReadStatements {
  /** The rows of `keys`, from one snapshot. */
  load(keys: readonly RowKey[], hour: Hour): unknown[];
  deliveries(recipient: UserId, after: number, limit: number, hour: Hour): Delivery[];
  counts(): StoreCounts;
  epoch(): number;
}

/** How the rows of each table are read. */
type Readers = {
  readonly [Table in RowKey["table"]]: (key: Extract<RowKey, { table: Table }>, hour: Hour) => unknown;
};

/** A row of `T` as SQLite gives it: what is missing is null. */
type Found<T> = {
  readonly [Name in keyof T]: undefined extends T[Name] ? Exclude<T[Name], undefined> | null : T[Name];
};

const USER = `SELECT id, name, algorithm, key, key_version - ${KEY_VERSION_BASE} AS keyVersion,
  nullif(recovery_key, zeroblob(${RECOVERY_KEY_BYTES})) AS recoveryKey FROM users`;

/** Prepares the statements, once for a connection. */
export function prepareReads(db: Connection): ReadStatements {
  const begin = db.prepare("BEGIN");
  const end = db.prepare("COMMIT");
  const byName = db.prepare<[string], Found<User>>(`${USER} WHERE folded = ? AND name IS NOT NULL`);
  const byId = db.prepare<[UserId], Found<User>>(`${USER} WHERE id = ? AND name IS NOT NULL`);
  const routeOwner = db.prepare<[string, Buffer, Hour], RouteOwner>(`
    SELECT user, algorithm FROM routes JOIN users ON users.id = user WHERE client = ? AND tag = ? AND expires >= ?`);
  const replay = db.prepare<[Uint8Array], 1>("SELECT 1 FROM replays WHERE digest = ?").pluck();
  const outcome = db.prepare<[Uint8Array], OutcomeRow>(
    `SELECT digest, code - ${CODE_BASE} AS code FROM outcomes WHERE id = ?`,
  );
  const heldName = db.prepare<[string], 1>("SELECT 1 FROM users WHERE folded = ? AND name IS NULL").pluck();
  const keyLog = db.prepare<[UserId, number], Found<KeyLogEntry>>(
    "SELECT key, recovery_key AS recoveryKey FROM key_log WHERE user = ? AND sequence = ?",
  );
  const keys = db.prepare<[UserId, number, number], Found<LoggedKey>>(`
    SELECT sequence AS version, by, at AS hour, key, recovery_key AS recoveryKey, signature FROM key_log
    WHERE user = ? AND sequence >= ? ORDER BY sequence LIMIT ?`);
  const keyHad = db
    .prepare<[UserId, Uint8Array], 1>("SELECT 1 FROM key_log WHERE user = ? AND key = ? LIMIT 1")
    .pluck();
  const recoveryRight = db.prepare<[UserId, UserId, Hour], RecoveryRight>(`
    SELECT recovery_key AS recoveryKey FROM key_log WHERE user = ? AND recovery_key IS NOT NULL AND sequence >= (
      SELECT sequence FROM key_log WHERE user = ? AND (by <> 'rotation' OR at < ?) ORDER BY sequence DESC LIMIT 1
    ) ORDER BY sequence LIMIT 1`);
  const mailbox = db.prepare<[UserId], Found<MailboxState>>(`
    SELECT messages, bytes, last_sequence AS lastSequence, full_since AS fullSince FROM mailboxes WHERE user = ?`);
  const route = db.prepare<[UserId, Hour], { client: string; incarnation: number; tag: Buffer }>(
    "SELECT client, incarnation, tag FROM routes WHERE user = ? AND expires >= ?",
  );
  const deliveries = db.prepare<[UserId, number, Hour, number], Delivery>(`
    SELECT recipient, sequence, substr(body, 1, bytes) AS payload FROM deliveries JOIN payloads ON payloads.id = payload
    WHERE recipient = ? AND sequence > ? AND expires >= ? ORDER BY sequence LIMIT ?`);
  const counts = db.prepare<[], StoreCounts>("SELECT users, deliveries, payload_bytes AS payloadBytes FROM totals");
  const epoch = db.prepare<[], number>("SELECT epoch FROM meta").pluck();

  function userOf(row: Found<User> | undefined): User | undefined {
    return row && { ...row, recoveryKey: row.recoveryKey ?? undefined };
  }

  function keyLogOf(user: UserId, version: number): KeyLogEntry | undefined {
    const row = keyLog.get(user, version);
    return row && { ...row, recoveryKey: row.recoveryKey ?? undefined };
  }

  function keysOf(user: UserId, from: number, limit: number): KeyPage {
    const rows = keys.all(user, from, limit + 1);
    const entries = rows.slice(0, limit).map((row) => ({ ...row, recoveryKey: row.recoveryKey ?? undefined }));
    return { entries, more: rows.length > limit };
  }

  function mailboxOf(user: UserId): MailboxState | undefined {
    const row = mailbox.get(user);
    return row && { ...row, fullSince: row.fullSince ?? undefined };
  }

  function routeOf(user: UserId, hour: Hour): Route | undefined {
    const row = route.get(user, hour);
    return row && { ...row, tag: row.tag.toString("hex") as SenderTag };
  }

  const readers: Readers = {
    userByName: ({ name }) => userOf(byName.get(name)),
    userById: ({ id }) => userOf(byId.get(id)),
    routeOwner: ({ client, tag }, hour) => routeOwner.get(client, tagBytes(tag), hour),
    replay: ({ digest }) => (replay.get(digest) === undefined ? undefined : true),
    outcome: ({ id }) => outcome.get(id),
    heldName: ({ name }) => (heldName.get(name) === undefined ? undefined : true),
    keyLog: ({ user, version }) => keyLogOf(user, version),
    keys: ({ user, from, limit }) => keysOf(user, from, limit),
    keyHad: ({ user, key }) => (keyHad.get(user, key) === undefined ? undefined : true),
    recoveryRight: ({ user, before }) => recoveryRight.get(user, user, before),
    mailbox: ({ user }) => mailboxOf(user),
    ...preparePrekeyReads(db),
    ...prepareHistoryReads(db),
    route: ({ user }, hour) => routeOf(user, hour),
    ...prepareGroupReads(db),
    ...prepareOperatorReads(db),
    deliveries({ recipient, after, limit }, hour) {
      const found = deliveries.all(recipient, after, hour, limit + 1);
      return { deliveries: found.slice(0, limit), more: found.length > limit };
    },
    ...prepareContactReads(db),
  };
  const row = (key: RowKey, hour: Hour): unknown =>
    (readers[key.table] as (key: RowKey, hour: Hour) => unknown)(key, hour);

  return {
    load(keys, hour) {
      // One statement is a snapshot by itself.
      if (keys.length < 2) return keys.map((key) => row(key, hour));
      begin.run();
      try {
        return keys.map((key) => row(key, hour));
      } finally {
        end.run();
      }
    },
    deliveries: (recipient, after, limit, hour) => deliveries.all(recipient, after, hour, limit),
    counts: () => counts.get() ?? { users: 0, deliveries: 0, payloadBytes: 0 },
    epoch: () => epoch.get() ?? 0,
  };
}
