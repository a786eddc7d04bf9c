import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { userByName } from "../../../../src/store/rows.js";
import { StoreError } from "../../../../src/store/sqlite/errors.js";
import { migrate } from "../../../../src/store/sqlite/migrate.js";
import {
  changeKey,
  eraseDeliveries,
  hour,
  id,
  insertUser,
  moveRoute,
  releaseUser,
  rememberOutcome,
  rememberReplay,
  sendMessage,
  storeMessage,
} from "../../../support/changes.js";
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
  const tableOf = (path: string, sql: string): unknown[] => withDatabase(path, (db) => db.prepare(sql).raw().all());

  test("the key log keeps the proof of each key, how it came, and when", async () => {
    const { store, path } = await openStore();
    await store.commit([[insertUser("alice", 1)], [changeKey(1, 1, { by: "recovery", at: hour(5) })]]);
    expect(withDatabase(path, (db) => db.prepare("SELECT * FROM key_log").all())).toEqual([
      {
        row: 1,
        user: 1,
        sequence: 1,
        by: "registration",
        at: hour(0),
        algorithm: "p256",
        key: Buffer.from("key of alice"),
        signature: Buffer.from("signature of alice"),
        recovery_key: null,
      },
      {
        row: 2,
        user: 1,
        sequence: 2,
        by: "recovery",
        at: hour(5),
        algorithm: "ed25519",
        key: Buffer.from("key 2 of 1"),
        signature: Buffer.from("signature of key 2 of 1"),
        recovery_key: null,
      },
    ]);
  });

  test("of a user who goes only an empty row is left, and the name until it is not held any more", async () => {
    const { store, path } = await openStore({ now: () => 0 });
    await store.commit([
      [insertUser("alice", 1)],
      [{ ...insertUser("bob", 2), recoveryKey: Buffer.alloc(44, 7) }],
      [changeKey(2, 1), moveRoute(2, 2, 2)],
      [storeMessage(1, "for alice"), storeMessage(2, "for bob"), storeMessage(2, "again")],
      [releaseUser(2, "bob", 2, hour(1))],
    ]);
    const users = () => tableOf(path, "SELECT * FROM users WHERE id = 2");
    expect(users()).toEqual([[2, "bob", null, null, null, 0, null, hour(1)]]);
    await store.sweep(hour(2));
    expect(users()).toEqual([[2, null, null, null, null, 0, null, null]]);
    const log = tableOf(path, "SELECT * FROM key_log ORDER BY row");
    expect(log.slice(1)).toEqual([2, 3].map((row) => [row, ...Array<null>(8).fill(null)]));
    for (const table of ["routes", "mailboxes", "mailbox_origins"]) {
      expect(tableOf(path, `SELECT user FROM ${table}`)).toEqual([[1]]);
    }
    expect(tableOf(path, "SELECT recipient FROM deliveries")).toEqual([[1]]);
    expect(tableOf(path, "SELECT waiting FROM payloads")).toEqual([[1], [0], [0]]);
  });

  test("a payload that several wait for goes with the last of them", async () => {
    const { store, path } = await openStore({ now: () => 0 });
    await store.commit([[insertUser("alice", 1)], [insertUser("bob", 2)], [storeMessage(1, "for both")]]);
    const waiting = () => tableOf(path, "SELECT waiting, hex(substr(body, 1, 3)) FROM payloads");
    withDatabase(path, (db) => {
      db.exec(`
        INSERT INTO deliveries (recipient, sequence, payload, bytes, origin, expires)
          SELECT 2, 1, payload, bytes, origin, expires FROM deliveries;
        INSERT INTO mailboxes (user, last_sequence, messages, bytes) VALUES (2, 1, 1, 8);
        UPDATE totals SET deliveries = 2;
      `);
    });
    await store.commit([[eraseDeliveries(1, 1)]]);
    expect(waiting()).toEqual([[1, "666F72"]]);
    expect(await store.deliveries(id(2), 0, 9)).toMatchObject([{ payload: Buffer.from("for both") }]);
    await store.commit([[eraseDeliveries(2, 1)]]);
    expect(waiting()).toEqual([[0, "000000"]]);
    expect(await store.counts()).toEqual({ users: 2, deliveries: 0, payloadBytes: 0 });
  });
});

describe("faults of the program", () => {
  test("a decision that breaks the schema fails alone", async () => {
    const { store, faults } = await openStore({ now: () => 0 });
    await store.commit([[insertUser("alice", 1)]]);
    const short = Buffer.alloc(15);
    const broken = [
      { ...storeMessage(1, "x"), origin: Buffer.alloc(17) },
      { ...sendMessage(1, 1), outcome: { id: short, expires: hour(9) } },
      { ...sendMessage(1, 1), receipt: { to: id(1), id: short } },
      { ...rememberOutcome(1), id: short },
      { ...rememberOutcome(1), digest: short },
    ];
    const decisions = broken.map((change, index) => [rememberReplay(10 + index), change]);
    const outcomes = await store.commit([[rememberReplay(1)], ...decisions, [rememberReplay(3)]]);
    expect(outcomes.map(({ status }) => status)).toEqual(["applied", ...broken.map(() => "failed"), "applied"]);
    expect(faults).toEqual([{ code: "rejected", fatal: false }]);
    expect(await store.sweep(hour(100))).toMatchObject({ replays: 2, deliveries: 0 });
  });
});
