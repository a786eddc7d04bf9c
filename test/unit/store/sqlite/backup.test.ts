import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { prekeysOf, takenPrekeyOf } from "../../../../src/store/prekeys.js";
import { outcomeOf, routeOf, routeOwner, userByName } from "../../../../src/store/rows.js";
import { backupDatabase } from "../../../../src/store/sqlite/backup.js";
import { migrateDatabase, MIGRATIONS } from "../../../../src/store/sqlite/migrate.js";
import { restoreBackup } from "../../../../src/store/sqlite/restore.js";
import type { Store } from "../../../../src/store/store.js";
import {
  at,
  CLIENT,
  digest,
  eraseDeliveries,
  id,
  insertUser,
  oneTimePrekeys,
  outcomeId,
  publishPrekeys,
  rememberOutcome,
  rememberReplay,
  signedPrekey,
  storeMessage,
  tag,
  takePrekey,
} from "../../../support/changes.js";
import { openDatabase, openStore, temporaryFolder, withDatabase } from "../../../support/sqlite-store.js";

const now = (): number => at(0);

/** A closed database with one user and one message, and its backup. */
async function backedUp(): Promise<{ path: string; file: string }> {
  const { store, path } = await openStore({ now });
  await store.commit([[insertUser("alice", 1)], [rememberOutcome(1), storeMessage(1, "for alice")]]);
  const file = join(temporaryFolder(), "backup");
  await store.backup(file);
  await store[Symbol.asyncDispose]();
  return { path, file };
}

const namesIn = (store: Store, ...names: string[]): Promise<readonly unknown[]> => store.load(names.map(userByName));

describe("backup", () => {
  test("is consistent while commits go on", async () => {
    const { store } = await openStore({ now });
    await store.commit([[insertUser("alice", 1)]]);
    await store.commit(Array.from({ length: 2_000 }, (_, index) => [storeMessage(1, Buffer.alloc(1_000), index)]));
    const folder = temporaryFolder();
    let done = false;
    const backup = store.backup(join(folder, "backup")).then(() => (done = true));
    let written = 0;
    while (!(done as boolean)) {
      // Each decision puts one user, one digest and one message in, or nothing.
      const round = written++;
      const decision = [insertUser(`user-${round}`, 10 + round), rememberReplay(round), storeMessage(1, "x")];
      expect(await store.commit([decision])).toMatchObject([{ status: "applied" }]);
    }
    await backup;
    expect(written).toBeGreaterThan(1);
    expect(readdirSync(folder)).toEqual(["backup"]);
    withDatabase(join(folder, "backup"), (db) => {
      const count = (table: string): unknown => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
      const copied = Number(count("replays"));
      expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
      expect(copied).toBeLessThanOrEqual(written);
      expect([count("users"), count("deliveries"), count("key_log")]).toEqual([copied + 1, copied + 2_000, copied + 1]);
    });
  });

  test("can be read by nobody but its owner, and is one file", async () => {
    const { file } = await backedUp();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    withDatabase(file, (db) => {
      expect(db.pragma("journal_mode", { simple: true })).toBe("delete");
    });
  });

  test("works on a database that no directory uses", async () => {
    const { path } = await backedUp();
    const file = join(temporaryFolder(), "another");
    await backupDatabase(path, file);
    expect(withDatabase(file, (db) => db.prepare("SELECT name FROM users").pluck().all())).toEqual(["alice"]);
  });

  test("takes along nothing that was erased", async () => {
    const { store } = await openStore({ now });
    await store.commit([[insertUser("alice", 1)], [storeMessage(1, "secret"), storeMessage(1, "waiting")]]);
    await store.commit([[eraseDeliveries(1, 1)]]);
    const file = join(temporaryFolder(), "backup");
    await store.backup(file);
    expect([readFileSync(file).includes("secret"), readFileSync(file).includes("waiting")]).toEqual([false, true]);
  });

  test("overwrites nothing, and leaves nothing behind when it fails", async () => {
    const { path, file } = await backedUp();
    const folder = temporaryFolder();
    await expect(backupDatabase(path, file)).rejects.toMatchObject({ code: "exists" });
    await expect(backupDatabase(join(folder, "none"), join(folder, "b"))).rejects.toMatchObject({ code: "missing" });
    await expect(backupDatabase(path, join(folder, "none", "b"))).rejects.toMatchObject({ code: "unavailable" });
    writeFileSync(join(folder, "notes"), "notes ".repeat(1_000));
    await expect(backupDatabase(join(folder, "notes"), join(folder, "b"))).rejects.toMatchObject({ code: "foreign" });
    expect(readdirSync(folder)).toEqual(["notes"]);
  });

  test("is not disturbed by what a killed one has left", async () => {
    const { path } = await backedUp();
    const folder = temporaryFolder();
    writeFileSync(join(folder, "b.partial"), "half a backup");
    await backupDatabase(path, join(folder, "b"));
    expect(readdirSync(folder)).toEqual(["b"]);
  });
});

describe("restore", () => {
  test("voids one-time prekeys, of which nobody knows any more whether they were given away", async () => {
    const { store, path } = await openStore({ now });
    const signed = signedPrekey("signed", 1);
    await store.commit([[insertUser("alice", 1)], [publishPrekeys(1, { signed, oneTime: oneTimePrekeys(1, 2) })]]);
    await store.commit([[takePrekey(1, 1, 1)]]);
    const file = join(temporaryFolder(), "backup");
    await store.backup(file);
    await store[Symbol.asyncDispose]();
    expect(readFileSync(file).includes("one-time prekey 1")).toBe(true);
    restoreBackup(file, path);
    expect(readFileSync(path).includes("one-time prekey")).toBe(false);
    const { store: restored } = await openStore({ path, now });
    expect(await restored.load([prekeysOf(id(1), 9), takenPrekeyOf(outcomeId(1))])).toMatchObject([
      { signed, oneTime: [], count: 0 },
      undefined,
    ]);
    expect(await restored.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(3) })]])).toMatchObject([
      { status: "applied" },
    ]);
  });

  test("brings back what was saved, drops all routes, and starts a new epoch", async () => {
    const { path, file } = await backedUp();
    const { store } = await openStore({ path, now });
    expect(store.epoch).toBe(1);
    await store.commit([[insertUser("bob", 2)], [eraseDeliveries(1, 1)]]);
    await store[Symbol.asyncDispose]();

    expect(restoreBackup(file, path)).toEqual({
      version: MIGRATIONS.length,
      epoch: 2,
      counts: { users: 1, deliveries: 1, payloadBytes: 9 },
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { store: restored } = await openStore({ path, now });
    expect(await namesIn(restored, "alice", "bob")).toMatchObject([{ id: 1 }, undefined]);
    expect(restored.epoch).toBe(2);
    expect(await restored.load([routeOwner(CLIENT, tag(1)), routeOf(id(1))])).toEqual([undefined, undefined]);
    expect(await restored.load([outcomeOf(outcomeId(1))])).toEqual([{ digest: digest(1), code: 100 }]);
    expect(await restored.deliveries(id(1), 0, 9)).toMatchObject([{ payload: Buffer.from("for alice") }]);
  });

  test("never starts an epoch that the replaced database has seen", async () => {
    const { path, file } = await backedUp();
    expect([restoreBackup(file, path).epoch, restoreBackup(file, path).epoch]).toEqual([2, 3]);
  });

  test("works where there is no database, or one that is damaged", async () => {
    const { path, file } = await backedUp();
    const fresh = join(temporaryFolder(), "new", "directory.db");
    expect(restoreBackup(file, fresh).counts.users).toBe(1);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4_096);
    writeFileSync(path, bytes);
    expect(restoreBackup(file, path).counts.users).toBe(1);
    const { store } = await openStore({ path, now });
    expect(await namesIn(store, "alice")).toMatchObject([{ id: 1 }]);
  });

  test("does not mix the new database with the old one's log", async () => {
    const { path, file } = await backedUp();
    const { store } = await openStore({ path, now });
    await store.commit([[insertUser("bob", 2)]]);
    const log = readFileSync(`${path}-wal`);
    await store[Symbol.asyncDispose]();
    // As after a kill -9: the log is still there, with commits that are not in the database yet.
    writeFileSync(`${path}-wal`, log);
    restoreBackup(file, path);
    const { store: restored } = await openStore({ path, now });
    expect(await namesIn(restored, "alice", "bob")).toMatchObject([{ id: 1 }, undefined]);
  });

  test("migrates a backup of an older version", () => {
    const folder = temporaryFolder();
    const file = join(folder, "old");
    withDatabase(file, (db) => {
      migrateDatabase(db, MIGRATIONS.slice(0, 1));
      db.exec("INSERT INTO users (folded, name, algorithm, key, created) VALUES ('ann', 'Ann', 'p256', x'00', 1)");
    });
    const path = join(folder, "directory.db");
    expect(restoreBackup(file, path)).toMatchObject({ version: 1, epoch: 2, counts: { users: 1 } });
    expect(withDatabase(path, (db) => db.pragma("user_version", { simple: true }))).toBe(MIGRATIONS.length);
  });

  test("leaves the database alone while it is in use", async () => {
    const { path, file } = await backedUp();
    const { store } = await openStore({ path, now });
    expect(() => restoreBackup(file, path)).toThrow(expect.objectContaining({ code: "inUse" }));
    await store[Symbol.asyncDispose]();
    const tool = openDatabase(path);
    tool.exec("BEGIN IMMEDIATE");
    expect(() => restoreBackup(file, path)).toThrow(expect.objectContaining({ code: "inUse" }));
    tool.exec("COMMIT");
    tool.close();
    expect(restoreBackup(file, path).epoch).toBe(2);
  });

  test("refuses what is no sound backup, and leaves the database as it was", async () => {
    const { path, file } = await backedUp();
    const folder = temporaryFolder();
    const before = readFileSync(path);
    const attempt = (name: string): unknown => {
      try {
        return restoreBackup(join(folder, name), path);
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    const damaged = readFileSync(file);
    damaged.fill(0xff, 8_192);
    writeFileSync(join(folder, "damaged"), damaged);
    writeFileSync(join(folder, "notes"), "notes ".repeat(1_000));
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "newer"), readFileSync(file));
    withDatabase(join(folder, "newer"), (db) => db.pragma("user_version = 1000"));
    withDatabase(join(folder, "other"), (db) => db.exec("CREATE TABLE users (username TEXT)"));
    mkdirSync(join(folder, "folder"));
    expect(["damaged", "notes", "empty", "newer", "other", "missing", "folder"].map(attempt)).toEqual([
      "damaged",
      "foreign",
      "foreign",
      "newer",
      "foreign",
      "missing",
      "unavailable",
    ]);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(`${path}.restored`)).toBe(false);
  });

  test("does not replace another program's database", async () => {
    const { file } = await backedUp();
    const path = join(temporaryFolder(), "users.db");
    withDatabase(path, (db) => db.exec("CREATE TABLE users (username TEXT)"));
    expect(() => restoreBackup(file, path)).toThrow(expect.objectContaining({ code: "foreign" }));
  });
});
