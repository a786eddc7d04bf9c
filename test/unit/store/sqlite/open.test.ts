import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { userByName } from "../../../../src/store/rows.js";
import { StoreError } from "../../../../src/store/sqlite/errors.js";
import { migrate } from "../../../../src/store/sqlite/migrate.js";
import { hour, insertUser, refreshRoute, rememberReplay, storeMessage } from "../../../support/changes.js";
import { startFixture } from "../../../support/child.js";
import { openStore, temporaryFolder, withDatabase } from "../../../support/sqlite-store.js";

const modeOf = (path: string): number => statSync(path).mode & 0o777;
/** The code with which `run` fails. */
async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
  return "none";
}

describe("files", () => {
  test("nobody but their owner can read them, nor look into a folder that the store had to make", async () => {
    const path = join(temporaryFolder(), "a", "b", "directory.db");
    const { store } = await openStore({ path });
    await store.commit([[insertUser("alice", 1)]]);
    for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}.lock`]) expect(modeOf(file)).toBe(0o600);
    expect([modeOf(dirname(path)), modeOf(dirname(dirname(path)))]).toEqual([0o700, 0o700]);
  });

  test("a folder that was there keeps its mode", async () => {
    const folder = join(temporaryFolder(), "shared");
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    await openStore({ path: join(folder, "directory.db") });
    expect(modeOf(folder)).toBe(0o755);
  });

  test("a store that was closed left no log, and opens with everything in it", async () => {
    const { store, path } = await openStore();
    await store.commit([[insertUser("Alice", 1)]]);
    await store[Symbol.asyncDispose]();
    expect([`${path}-wal`, `${path}-shm`].filter((file) => existsSync(file))).toEqual([]);
    const { store: again } = await openStore({ path });
    expect(await again.load([userByName("alice")])).toMatchObject([{ id: 1, name: "Alice" }]);
  });

  test("what was committed just before the store is closed is still reported", async () => {
    const { store } = await openStore();
    const commits = Array.from({ length: 20 }, (_, index) => store.commit([[rememberReplay(index)]]));
    await store[Symbol.asyncDispose]();
    expect((await Promise.all(commits)).flat().map(({ status }) => status)).toEqual(Array(20).fill("applied"));
    expect(await store.commit([[rememberReplay(99)]])).toEqual([{ status: "failed" }]);
    await expect(store.load([userByName("alice")])).rejects.toBeInstanceOf(StoreError);
  });
});

describe("one directory to a database", () => {
  test("a second one is refused, by whatever path it comes, until the first has ended", async () => {
    const { store, path } = await openStore();
    const link = join(temporaryFolder(), "link.db");
    symlinkSync(path, link);
    expect(await codeOf(() => openStore({ path }))).toBe("inUse");
    expect(await codeOf(() => openStore({ path: link }))).toBe("inUse");
    expect(await codeOf(() => migrate(path, 100))).toBe("inUse");
    await store[Symbol.asyncDispose]();
    expect(await codeOf(() => openStore({ path: link }))).toBe("none");
  });

  test("another process counts as well, and its death frees the database", async () => {
    const path = join(temporaryFolder(), "directory.db");
    const child = startFixture("store/commits-forever", path, "user");
    await child.printed(1);
    expect(await codeOf(() => openStore({ path }))).toBe("inUse");
    await child.kill();
    expect(await codeOf(() => openStore({ path }))).toBe("none");
  });
});

describe("files that are not ours", () => {
  test("another program's database is refused and left as it is", async () => {
    const path = join(temporaryFolder(), "users.db");
    withDatabase(path, (db) => db.exec("CREATE TABLE users (username TEXT); INSERT INTO users VALUES ('ann')"));
    const before = readFileSync(path);
    expect(await codeOf(() => openStore({ path }))).toBe("foreign");
    expect(await codeOf(() => migrate(path, 100))).toBe("foreign");
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  test("a file that is no database is refused and left as it is", async () => {
    const path = join(temporaryFolder(), "notes.txt");
    writeFileSync(path, "notes ".repeat(1_000));
    expect(await codeOf(() => openStore({ path }))).toBe("foreign");
    expect(readFileSync(path, "utf8")).toBe("notes ".repeat(1_000));
  });

  test("a database of a newer version is refused", async () => {
    const { store, path } = await openStore();
    await store[Symbol.asyncDispose]();
    withDatabase(path, (db) => db.pragma("user_version = 1000"));
    expect(await codeOf(() => openStore({ path }))).toBe("newer");
  });

  test("a folder, or a path into a file, cannot be opened", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    expect(await codeOf(() => openStore({ path: folder }))).toBe("unavailable");
    expect(await codeOf(() => openStore({ path: join(folder, "file", "directory.db") }))).toBe("unavailable");
  });
});

describe("rows that no read shows", () => {
  test("the key log begins with the proof of registration", async () => {
    const { store, path } = await openStore();
    await store.commit([[insertUser("alice", 1)]]);
    expect(withDatabase(path, (db) => db.prepare("SELECT * FROM key_log").all())).toEqual([
      {
        user: 1,
        sequence: 1,
        algorithm: "p256",
        key: Buffer.from("key of alice"),
        signature: Buffer.from("signature of alice"),
      },
    ]);
  });

  test("refreshing a route takes over a later incarnation, never an earlier one", async () => {
    const { store, path } = await openStore({ now: () => 0 });
    const incarnation = (): unknown =>
      withDatabase(path, (db) => db.prepare("SELECT incarnation FROM routes").pluck().get());
    await store.commit([[insertUser("alice", 1)]]);
    for (const [heard, expected] of [
      [3, 3],
      [2, 3],
    ]) {
      const refresh = refreshRoute(1, 1);
      await store.commit([[{ ...refresh, route: { ...refresh.route, incarnation: heard ?? 0 } }]]);
      expect(incarnation()).toBe(expected);
    }
  });

  test("a user who goes takes everything along, and the id is never given again", async () => {
    const { store, path } = await openStore({ now: () => 0 });
    await store.commit([
      [insertUser("alice", 1)],
      [insertUser("bob", 2)],
      [storeMessage(1, "for alice"), storeMessage(2, "for bob"), storeMessage(2, "again")],
    ]);
    withDatabase(path, (db) => {
      db.pragma("foreign_keys = ON");
      db.prepare("DELETE FROM users WHERE id = 2").run();
      for (const table of ["key_log", "routes", "mailboxes", "mailbox_origins"]) {
        expect(db.prepare(`SELECT user FROM ${table}`).pluck().all()).toEqual([1]);
      }
      expect(db.prepare("SELECT recipient FROM deliveries").pluck().all()).toEqual([1]);
    });
    expect(await store.counts()).toEqual({ users: 1, deliveries: 1, payloadBytes: 9 });
    expect(await store.commit([[insertUser("bob", 2)]])).toEqual([{ status: "applied", users: [3], receipts: [] }]);
  });

  test("a payload that several wait for goes with the last of them", async () => {
    const { store, path } = await openStore({ now: () => 0 });
    await store.commit([[insertUser("alice", 1)], [insertUser("bob", 2)], [storeMessage(1, "for both")]]);
    const waiting = (): unknown =>
      withDatabase(path, (db) => db.prepare("SELECT waiting, hex(substr(body, 1, 3)) FROM payloads").raw().all());
    withDatabase(path, (db) => {
      db.exec("INSERT INTO deliveries SELECT 2, 1, payload, bytes, origin, expires FROM deliveries");
      db.exec("INSERT INTO mailboxes VALUES (2, 1, 1, 8); UPDATE totals SET deliveries = 2");
    });
    await store.commit([[{ kind: "eraseDeliveries", recipient: 1 as never, sequences: [1 as never], as: "delivered" }]]);
    expect(waiting()).toEqual([[1, "666F72"]]);
    expect(await store.deliveries(2 as never, 0, 9)).toMatchObject([{ payload: Buffer.from("for both") }]);
    await store.commit([[{ kind: "eraseDeliveries", recipient: 2 as never, sequences: [1 as never], as: "delivered" }]]);
    expect(waiting()).toEqual([[0, "000000"]]);
    expect(await store.counts()).toEqual({ users: 2, deliveries: 0, payloadBytes: 0 });
  });
});

describe("faults of the program", () => {
  test("a decision that breaks the schema fails alone", async () => {
    const { store, faults } = await openStore({ now: () => 0 });
    await store.commit([[insertUser("alice", 1)]]);
    const broken = { ...storeMessage(1, "x"), origin: Buffer.alloc(17) };
    expect(await store.commit([[rememberReplay(1)], [rememberReplay(2), broken], [rememberReplay(3)]])).toEqual([
      { status: "applied", users: [], receipts: [] },
      { status: "failed" },
      { status: "applied", users: [], receipts: [] },
    ]);
    expect(faults).toEqual([{ code: "rejected", fatal: false }]);
    expect(await store.sweep(hour(100))).toMatchObject({ replays: 2, deliveries: 0 });
  });
});
