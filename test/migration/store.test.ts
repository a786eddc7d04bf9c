import Database from "better-sqlite3";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { migrate, migrateDatabase, MIGRATIONS } from "../../src/store/sqlite/migrate.js";
import type { Migration } from "../../src/store/sqlite/migrations/migration.js";
import { keyLogOf, mailboxOf, recoveryRightOf, userById, userByName } from "../../src/store/rows.js";
import { copiesOf, unreadOf } from "../../src/store/history.js";
import { consentOf, contactsOf, contactSumsOf } from "../../src/store/contacts.js";
import type { UserId } from "../../src/store/identifiers.js";
import { groupsOf } from "../../src/store/groups.js";
import { prekeysOf, takenPrekeyOf } from "../../src/store/prekeys.js";
import { prepareReads } from "../../src/store/sqlite/reads.js";
import type { Hour } from "../../src/util/time.js";
import { temporaryFolder, withDatabase } from "../support/sqlite-store.js";

type Db = Database.Database;

/** A database of `version`, in memory. */
function databaseOf(version: number): Db {
  const db = new Database(":memory:");
  onTestFinished(() => void db.close());
  migrateDatabase(db, MIGRATIONS.slice(0, version));
  return db;
}

const all = (db: Db, sql: string): unknown[] => db.prepare(sql).raw().all();
const schemaOf = (db: Db): unknown[] => all(db, "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name");

/** For each migration: rows of the version before, and what must have become of them. */
const CASES: Readonly<Record<number, { before(db: Db): void; after(db: Db): void }>> = {
  1: {
    before: () => undefined,
    after(db) {
      expect(all(db, "SELECT epoch FROM meta")).toEqual([[1]]);
    },
  },
  2: {
    before(db) {
      db.exec(`
        INSERT INTO users (folded, name, algorithm, key, created) VALUES
          ('ann', 'Ann', 'p256', x'01', 1), ('bob', 'bob', 'ed25519', x'02', 1), ('cat', 'cat', 'p256', x'03', 1);
        INSERT INTO routes VALUES (1, 'client', 1, x'aa', 9);
        INSERT INTO payloads VALUES (1, 1, zeroblob(256)), (2, 1, zeroblob(256)), (3, 1, zeroblob(384)), (4, 0, x'00');
        INSERT INTO deliveries (recipient, sequence, payload, bytes, origin, expires) VALUES
          (1, 4, 1, 100, x'0a', 9), (1, 7, 2, 50, x'0b', 9), (1, 9, 3, 300, x'0a', 9), (2, 1, 3, 300, x'0c', 9);
      `);
    },
    after(db) {
      expect(all(db, "SELECT * FROM mailboxes")).toEqual([
        [1, 9, 3, 450],
        [2, 1, 1, 300],
      ]);
      expect(all(db, "SELECT user, hex(origin), messages, bytes FROM mailbox_origins")).toEqual([
        [1, "0A", 2, 400],
        [1, "0B", 1, 50],
        [2, "0C", 1, 300],
      ]);
      expect(all(db, "SELECT users, deliveries, payload_bytes FROM totals")).toEqual([[3, 4, 450]]);
      expect(all(db, "SELECT id, name, key_version FROM users")).toEqual([
        [1, "Ann", 1],
        [2, "bob", 1],
        [3, "cat", 1],
      ]);
      expect(all(db, "SELECT user, hex(tag) FROM routes")).toEqual([[1, "AA"]]);
      db.exec("DELETE FROM deliveries WHERE recipient = 1");
      expect(all(db, "SELECT * FROM mailboxes")).toEqual([
        [1, 9, 0, 0],
        [2, 1, 1, 300],
      ]);
      expect(all(db, "SELECT users, deliveries, payload_bytes FROM totals")).toEqual([[3, 1, 300]]);
      expect(all(db, "SELECT id FROM payloads WHERE waiting = 1")).toEqual([[3]]);
    },
  },
  3: {
    before(db) {
      db.exec(`
        INSERT INTO users (folded, name, algorithm, key, created) VALUES
          ('ann', 'Ann', 'p256', x'01', 480001), ('bob', 'bob', 'ed25519', x'02', 480002);
        INSERT INTO key_log VALUES (2, 1, 'ed25519', x'02', x'b2'), (1, 1, 'p256', x'01', x'b1');
        INSERT INTO routes VALUES (1, 'client', 1, x'aa', 9);
        INSERT INTO payloads VALUES (1, 1, zeroblob(256)), (2, 0, zeroblob(256));
        INSERT INTO deliveries (recipient, sequence, payload, bytes, origin, expires) VALUES (1, 4, 1, 100, x'0a', 9);
        INSERT INTO mailboxes VALUES (1, 4, 1, 100), (2, 7, 0, 0);
        INSERT INTO mailbox_origins VALUES (1, x'0a', 1, 100);
        INSERT INTO replays (digest, expires) VALUES (x'0d', 9);
        UPDATE totals SET users = 2, deliveries = 1, payload_bytes = 100;
      `);
    },
    after(db) {
      // The program reads what it has migrated to its own version.
      migrateDatabase(db, MIGRATIONS);
      const reads = prepareReads(db);
      const [ann, bob] = [1, 2] as UserId[] as [UserId, UserId];
      const keys = [
        userByName("ann"),
        userById(bob),
        keyLogOf(ann, 1),
        keyLogOf(bob, 1),
        mailboxOf(ann),
        mailboxOf(bob),
      ];
      expect(reads.load([...keys, recoveryRightOf(ann, 9 as Hour)], 1 as Hour)).toEqual([
        { id: 1, name: "Ann", algorithm: "p256", key: Buffer.of(1), keyVersion: 1, recoveryKey: undefined },
        { id: 2, name: "bob", algorithm: "ed25519", key: Buffer.of(2), keyVersion: 1, recoveryKey: undefined },
        { key: Buffer.of(1), recoveryKey: undefined },
        { key: Buffer.of(2), recoveryKey: undefined },
        { messages: 1, bytes: 100, lastSequence: 4, fullSince: undefined },
        { messages: 0, bytes: 0, lastSequence: 7, fullSince: undefined },
        undefined,
      ]);
      expect(reads.deliveries(ann, 0, 9, 1 as Hour)).toEqual([
        { recipient: 1, sequence: 4, payload: Buffer.alloc(100) },
      ]);
      expect(reads.counts()).toEqual({ users: 2, deliveries: 1, payloadBytes: 100 });
      expect(all(db, "SELECT user, sequence, by, at, algorithm, hex(key), hex(signature) FROM key_log")).toEqual([
        [1, 1, "registration", 480_001, "p256", "01", "B1"],
        [2, 1, "registration", 480_002, "ed25519", "02", "B2"],
      ]);
      expect(all(db, "SELECT user, client, hex(tag) FROM routes")).toEqual([[1, "client", "AA"]]);
      expect(all(db, "SELECT hex(digest), expires FROM replays")).toEqual([["0D", 9]]);
      expect(all(db, "SELECT user, hex(origin), messages, bytes FROM mailbox_origins")).toEqual([[1, "0A", 1, 100]]);
      expect(all(db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'")).toEqual([]);
      db.exec("INSERT INTO users (folded, name, key_version) VALUES ('cat', 'cat', 16777217)");
      expect(all(db, "SELECT max(id) FROM users")).toEqual([[3]]);
    },
  },
  4: {
    before(db) {
      db.exec("UPDATE meta SET epoch = 7, names_left = 1");
    },
    after(db) {
      expect(all(db, "SELECT epoch, names_left, registrations_stopped FROM meta")).toEqual([[7, 1, 0]]);
    },
  },
  5: {
    before(db) {
      db.exec(`
        INSERT INTO users (folded, name, algorithm, key, key_version, recovery_key)
          VALUES ('ann', 'Ann', 'ed25519', x'01', 16777217, zeroblob(44));
        INSERT INTO outcomes (id, digest, code, expires) VALUES (zeroblob(16), zeroblob(16), 256, 9);
      `);
    },
    after(db) {
      migrateDatabase(db, MIGRATIONS);
      const ann = 1 as UserId;
      const outcome = new Uint8Array(16);
      const reads = prepareReads(db);
      expect(reads.load([userById(ann), prekeysOf(ann, 9), takenPrekeyOf(outcome)], 1 as Hour)).toMatchObject([
        { name: "Ann" },
        undefined,
        undefined,
      ]);
      expect(all(db, "SELECT count(*) FROM outcomes")).toEqual([[1]]);
      db.exec(`
        INSERT INTO prekey_slots (waiting, body) VALUES (1, x'0a0b'), (1, x'0c00');
        INSERT INTO prekeys VALUES (1, 2, 7, 1, 2, 9);
        INSERT INTO taken_prekeys VALUES (zeroblob(16), 1, 8, 2, 1, 9);
        INSERT INTO prekey_supplies VALUES (1, 9, 1, 0, 0);
      `);
      expect(reads.load([prekeysOf(ann, 9), takenPrekeyOf(outcome)], 1 as Hour)).toMatchObject([
        { oneTime: [{ id: 7, key: Buffer.of(0x0a, 0x0b) }], count: 1, taken: { hour: 9, all: 1, strangers: 0 } },
        { id: 8, key: Buffer.of(0x0c) },
      ]);
    },
  },
  6: {
    before(db) {
      db.exec("INSERT INTO users (folded, name, key_version) VALUES ('ann', 'Ann', 16777217)");
      db.exec("INSERT INTO payloads VALUES (1, 1, zeroblob(256))");
    },
    after(db) {
      db.exec("INSERT INTO groups VALUES (1, zeroblob(16), 1, 1, 1, 0, 0, 1, 9)");
      db.exec("INSERT INTO group_members VALUES (1, 1, 1, 'owner')");
      expect(() => db.exec("INSERT INTO group_members VALUES (1, 1, 2, 'member')")).toThrow("UNIQUE");
      expect(() => db.exec("UPDATE group_members SET standing = 'king'")).toThrow("CHECK");
      expect(all(db, "SELECT id, name FROM users")).toEqual([[1, "Ann"]]);
      expect(all(db, "SELECT id, waiting FROM payloads")).toEqual([[1, 1]]);
    },
  },
  7: {
    before(db) {
      db.exec(`
        INSERT INTO users (folded, name, algorithm, key, key_version) VALUES
          ('ann', 'Ann', 'ed25519', x'01', 16777217), ('bob', 'bob', 'ed25519', x'02', 16777217);
        INSERT INTO payloads VALUES (1, 1, zeroblob(256));
        INSERT INTO deliveries (recipient, sequence, payload, bytes, origin, expires) VALUES (1, 4, 1, 100, x'0a', 9);
        INSERT INTO mailboxes (user, last_sequence, messages, bytes, full_since) VALUES (1, 4, 1, 100, 480001);
        INSERT INTO mailbox_origins VALUES (1, x'0a', 1, 100);
        UPDATE meta SET epoch = 3;
      `);
    },
    after(db) {
      migrateDatabase(db, MIGRATIONS);
      const reads = prepareReads(db);
      const [ann, bob] = [1, 2] as UserId[] as [UserId, UserId];
      const keys = [userById(ann), mailboxOf(ann), consentOf(ann, bob), contactSumsOf(ann), contactsOf(ann, 0, 9)];
      expect(reads.load(keys, 1 as Hour)).toEqual([
        { id: 1, name: "Ann", algorithm: "ed25519", key: Buffer.of(1), keyVersion: 1, recoveryKey: undefined },
        { messages: 1, bytes: 100, lastSequence: 4, fullSince: 480_001 },
        undefined,
        { all: 0, received: 0 },
        { entries: [], more: false },
      ]);
      expect(reads.deliveries(ann, 0, 9, 1 as Hour)).toEqual([
        { recipient: 1, sequence: 4, payload: Buffer.alloc(100) },
      ]);
      expect(all(db, "SELECT contact FROM deliveries")).toEqual([[0]]);
      expect(all(db, "SELECT messages, contact_messages, contact_bytes FROM mailboxes")).toEqual([[1, 0, 0]]);
      expect(all(db, "SELECT messages FROM mailbox_origins")).toEqual([[1]]);
      expect(all(db, "SELECT * FROM phantoms JOIN phantom_sums")).toEqual([]);
      expect(all(db, "SELECT epoch, contacts_left FROM meta")).toEqual([[3, 0]]);
    },
  },
  8: {
    before(db) {
      db.exec(`
        INSERT INTO users (folded, name, algorithm, key, key_version) VALUES ('ann', 'Ann', 'ed25519', x'01', 16777217);
        INSERT INTO payloads VALUES (1, 1, cast(x'00' || '{"sender": "bob", "body": 1}' || zeroblob(200) AS BLOB));
        INSERT INTO deliveries (recipient, sequence, payload, bytes, origin, expires) VALUES (1, 4, 1, 29, x'0a', 9);
      `);
    },
    after(db) {
      migrateDatabase(db, MIGRATIONS);
      const reads = prepareReads(db);
      const [ann] = [1] as UserId[] as [UserId];
      expect(reads.load([copiesOf(ann, undefined, 0, 9), unreadOf(ann, 0, 9)], 1 as Hour)).toMatchObject([
        { copies: [], more: false },
        { origins: [{ sequence: 4, messages: 1, head: Buffer.from('\0{"sender": "bob", "body": 1}') }], more: false },
      ]);
      expect(all(db, "SELECT * FROM histories JOIN copies")).toEqual([]);
    },
  },
  9: {
    before(db) {
      db.exec(`
        INSERT INTO users (folded, name, algorithm, key, key_version) VALUES ('ann', 'Ann', 'ed25519', x'01', 16777217);
        INSERT INTO groups VALUES (1, zeroblob(16), 1, 1, 0, 1, 0, 1, 9);
        INSERT INTO group_members VALUES (1, 1, 1, 'invited');
      `);
    },
    after(db) {
      const [counts] = prepareReads(db).load([groupsOf(1 as UserId)], 1 as Hour);
      expect(counts).toEqual({ groups: 0, invitations: 1, unheard: 0 });
      expect(() => db.exec("UPDATE group_members SET silent = 2")).toThrow("CHECK");
    },
  },
};

describe("each migration", () => {
  test("has a case here", () => {
    expect(Object.keys(CASES)).toEqual(MIGRATIONS.map(({ version }) => String(version)));
  });

  test.each(MIGRATIONS)("$version takes over the rows of the version before", ({ version }) => {
    const db = databaseOf(version - 1);
    CASES[version]?.before(db);
    expect(migrateDatabase(db, MIGRATIONS.slice(0, version))).toEqual({ from: version - 1, to: version });
    CASES[version]?.after(db);
    expect(db.pragma("foreign_key_check")).toEqual([]);
  });
});

describe("migrating", () => {
  test("makes the same schema from any version", () => {
    const expected = schemaOf(databaseOf(MIGRATIONS.length));
    for (const { version } of MIGRATIONS) {
      const db = databaseOf(version);
      migrateDatabase(db, MIGRATIONS);
      expect(schemaOf(db)).toEqual(expected);
    }
  });

  test("a file, again and again, changes it once", () => {
    const path = join(temporaryFolder(), "new", "directory.db");
    expect(migrate(path, 100)).toEqual({ from: 0, to: MIGRATIONS.length });
    const schema = withDatabase(path, schemaOf);
    expect(migrate(path, 100)).toEqual({ from: MIGRATIONS.length, to: MIGRATIONS.length });
    expect(withDatabase(path, schemaOf)).toEqual(schema);
  });

  test("is refused when the list has a gap, an order of its own, or starts late", () => {
    const [first, second] = MIGRATIONS as [Migration, Migration];
    for (const list of [[second], [second, first], [first, { ...second, version: 3 }]]) {
      const db = databaseOf(0);
      expect(() => migrateDatabase(db, list)).toThrow(expect.objectContaining({ code: "migrationGap" }));
      expect(schemaOf(db)).toEqual([]);
    }
  });

  test("is refused on a database of a newer version", () => {
    const db = databaseOf(MIGRATIONS.length);
    expect(() => migrateDatabase(db, MIGRATIONS.slice(0, -1))).toThrow(expect.objectContaining({ code: "newer" }));
  });

  test("is refused on a database that is not ours", () => {
    const db = new Database(":memory:");
    db.exec("CREATE TABLE users (username TEXT)");
    expect(() => migrateDatabase(db, MIGRATIONS)).toThrow(expect.objectContaining({ code: "foreign" }));
    const marked = databaseOf(1);
    marked.pragma("application_id = 7");
    expect(() => migrateDatabase(marked, MIGRATIONS)).toThrow(expect.objectContaining({ code: "foreign" }));
  });

  test("stops at a step that fails, with the version before it whole", () => {
    const db = databaseOf(1);
    const before = schemaOf(db);
    const failing: Migration = {
      version: 2,
      up(on) {
        on.exec("CREATE TABLE half (x)");
        throw new Error("in the middle");
      },
    };
    expect(() => migrateDatabase(db, [...MIGRATIONS.slice(0, 1), failing])).toThrow("in the middle");
    const dangling: Migration = {
      version: 2,
      up: (on) => void on.exec("INSERT INTO routes VALUES (99, 'client', 1, x'aa', 9)"),
    };
    expect(() => migrateDatabase(db, [...MIGRATIONS.slice(0, 1), dangling])).toThrow(
      expect.objectContaining({ code: "damaged" }),
    );
    expect(schemaOf(db)).toEqual(before);
    expect(db.pragma("user_version", { simple: true })).toBe(1);
    expect(migrateDatabase(db, MIGRATIONS)).toEqual({ from: 1, to: MIGRATIONS.length });
  });
});
