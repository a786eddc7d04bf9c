/** A NymCHAT server's users move here: the command as its operator runs it, and the users as they come back. */
import Database from "better-sqlite3";
import { createHash, generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, type Ended, newFolder } from "../support/command.js";
import { startDirectory } from "../support/directory.js";
import { LoopbackUser } from "../support/loopback-user.js";
import { until } from "../support/until.js";
import { startV2World } from "../support/v2-world.js";

type Row = readonly [username: unknown, publicKey: unknown, senderTag?: unknown];

const SCHEMA = "CREATE TABLE users (username TEXT PRIMARY KEY, publicKey TEXT NOT NULL, senderTag TEXT)";
const LOOSE = "CREATE TABLE users (username, publicKey, senderTag)";

function pem(namedCurve = "P-256"): string {
  return generateKeyPairSync("ec", { namedCurve }).publicKey.export({ type: "spki", format: "pem" }).toString();
}

/** The database of such a server, in the file `nymchat.db` of the folder. */
function nymchat(folder: string, rows: readonly Row[], schema = LOOSE): string {
  const file = join(folder, "nymchat.db");
  const db = new Database(file);
  db.exec(schema);
  const insert = db.prepare("INSERT INTO users VALUES (?, ?, ?)");
  db.transaction(() => {
    for (const [name, key, tag = "tag"] of rows) insert.run(name, key, tag);
  })();
  db.close();
  return file;
}

/** What the directory's database says of names, keys and routes. */
function known(folder: string): { names: unknown[]; routes: unknown; log: unknown; totals: unknown } {
  const db = new Database(join(folder, "storage", "directory.db"), { readonly: true });
  const names = db.prepare("SELECT name FROM users WHERE name IS NOT NULL ORDER BY id").pluck().all();
  const routes = db.prepare("SELECT count(*) FROM routes").pluck().get();
  const log = db.prepare("SELECT count(*) FROM key_log WHERE by = 'registration' AND sequence = 1").pluck().get();
  const totals = db.prepare("SELECT users FROM totals").pluck().get();
  db.close();
  return { names, routes, log, totals };
}

function sums({ stdout }: Ended): Record<string, number> {
  return Object.fromEntries(
    [...stdout.matchAll(/^ *(.+): (\d+)$/gm)].map(([, what = "", count]) => [what, Number(count)]),
  );
}

describe("import-nymchat", () => {
  test("takes names and keys, says why it refuses others, and can be run again", async () => {
    const folder = newFolder();
    const [ann, bob] = [pem(), pem()];
    const file = nymchat(folder, [
      ["Ann", ann],
      ["ann", pem()],
      ["bob_1-x", bob.replaceAll("\n", "\r\n")],
      [null, pem()],
      [Buffer.from("blob-name"), pem()],
      ["two words", pem()],
      ["", pem()],
      ["x".repeat(65), pem()],
      ["y".repeat(10_000), pem()],
      ["cut\0off", pem()],
      ["esc\u001b[2Jape\u009b", pem()],
      ["Zoë", pem()],
      ["no-key", null],
      ["blob-key", Buffer.from(pem())],
      ["other-curve", pem("P-384")],
      ["no-pem", "key"],
      ["long-key", "k".repeat(100_000)],
      ["Root", pem()],
      ["z".repeat(64), pem()],
      ["BOB_1-X", bob],
    ]);
    const before = createHash("sha256").update(readFileSync(file)).digest("hex");
    const first = await command(folder, ["import-nymchat", file]);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(sums(first)).toEqual({
      ...{ imported: 3, "already there": 0, refused: 17 },
      ...{ "no name": 2, "not a name (1 to 64 of A-Z, a-z, 0-9, _ and -)": 7 },
      ...{ "no public key": 2, "not a P-256 public key in PEM": 3 },
      ...{ "the name is reserved": 1, "the name differs only in case from one that is taken": 2 },
    });
    const names = ["Ann", "bob_1-x", "z".repeat(64)];
    expect(known(folder)).toEqual({ names, routes: 0, log: 3, totals: 3 });
    expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(before);
    expect(readdirSync(folder).toSorted()).toEqual(["nymchat.db", "storage"]);

    const again = await command(folder, ["import-nymchat", file]);
    expect(again.code).toBe(0);
    expect(sums(again)).toMatchObject({ imported: 0, "already there": 3, refused: 17 });
    expect(known(folder)).toEqual({ names, routes: 0, log: 3, totals: 3 });
  });

  test("leaves who is there with another key as they are", async () => {
    const folder = newFolder();
    await command(folder, ["import-nymchat", nymchat(folder, [["carla", pem()]], SCHEMA)]);
    const other = newFolder();
    const file = nymchat(other, [
      ["carla", pem()],
      ["daniel", pem()],
    ]);
    expect(sums(await command(folder, ["import-nymchat", file]))).toEqual({
      ...{ imported: 1, "already there": 0, refused: 1 },
      "the name is taken, with another key": 1,
    });
    expect(known(folder).names).toEqual(["carla", "daniel"]);
  });

  test("names the refused rows only when asked to: on stdout, or in a file for its owner alone", async () => {
    const folder = newFolder();
    const file = nymchat(folder, [
      ["margarete", "no key"],
      ["bad \u001b[31m\u009bname", pem()],
      [null, pem()],
    ]);
    const quiet = await command(folder, ["import-nymchat", file]);
    expect(quiet.stdout + quiet.stderr).not.toContain("margarete");
    const lines = [
      'row 1 "margarete": not a P-256 public key in PEM',
      String.raw`row 2 "bad \u001b[31m\u009bname": not a name (1 to 64 of A-Z, a-z, 0-9, _ and -)`,
      "row 3: no name",
    ];
    const verbose = await command(folder, ["import-nymchat", "--verbose", file]);
    expect(verbose.stdout.split("\n").slice(0, 3)).toEqual(lines);
    const report = join(folder, "refused.txt");
    const reported = await command(folder, ["import-nymchat", "--report", report, file]);
    expect(reported).toEqual(quiet);
    expect(readFileSync(report, "utf8").split("\n")).toEqual([...lines, ""]);
    expect(statSync(report).mode & 0o777).toBe(0o600);
    expect(await command(folder, ["import-nymchat", "--report", report, file])).toEqual({
      ...{ code: 78, stdout: "" },
      stderr: `nym-directory: --report: ${report} cannot be made (EEXIST)\n`,
    });
  });

  test.each([
    ["there is none", () => undefined, /does not exist/],
    ["it is empty", (file: string) => writeFileSync(file, ""), /has no table users\(username, publicKey\)/],
    ["it is no database", (file: string) => writeFileSync(file, "x".repeat(5_000)), /it is no SQLite database/],
    [
      "it has other tables",
      (file: string) => new Database(file).exec("CREATE TABLE users (id INTEGER, name TEXT)").close(),
      /has no table users\(username, publicKey\)/,
    ],
    [
      "it has a view of that name",
      (file: string) =>
        new Database(file).exec("CREATE VIEW users AS SELECT 'eve' AS username, 'k' AS publicKey").close(),
      /has no table users\(username, publicKey\)/,
    ],
    [
      "its table has no row numbers",
      (file: string) =>
        new Database(file).exec("CREATE TABLE users (username PRIMARY KEY, publicKey) WITHOUT ROWID").close(),
      /it cannot be read or written/,
    ],
  ])("refuses a file when %s, and makes nothing", async (_, make, why) => {
    const folder = newFolder();
    const file = join(folder, "given.db");
    make(file);
    const ended = await command(folder, ["import-nymchat", file]);
    expect(ended).toMatchObject({ code: 78, stdout: "" });
    expect(ended.stderr).toMatch(new RegExp(`^nym-directory: .*given.db:? ${why.source}\n$`));
    expect(readdirSync(folder).filter((name) => name !== "given.db")).toEqual([]);
  });

  test("refuses a database whose pages are damaged", async () => {
    const folder = newFolder();
    const key = pem();
    const rows = Array.from({ length: 2_000 }, (_, index): Row => [`user-${index}`, key]);
    const file = nymchat(folder, rows);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, Math.floor(bytes.length * 0.9)));
    const { code, stderr } = await command(folder, ["import-nymchat", file]);
    expect(code).toBe(78);
    expect(stderr).toMatch(/nymchat\.db: it is damaged\n$/);
  });

  test("stops when its room is used up, and goes on when there is more", async () => {
    const folder = newFolder();
    const key = pem();
    const file = nymchat(
      folder,
      Array.from({ length: 5_000 }, (_, index): Row => [`user-${index}`, key]),
    );
    const full = await command(folder, ["import-nymchat", file], { MAX_DATABASE_BYTES: "1048576" });
    expect(full).toMatchObject({ code: 78, stdout: "" });
    expect(full.stderr).toMatch(/no room is left; what was imported so far stays\n$/);
    const before = Number(known(folder).totals);
    expect(before % 512).toBe(0);
    expect(sums(await command(folder, ["import-nymchat", file]))).toEqual({
      ...{ imported: 5_000 - before, "already there": before, refused: 0 },
    });
  });

  test("streams a hundred thousand users, and says how far it is", { timeout: 180_000 }, async () => {
    const folder = newFolder();
    const key = pem();
    const db = new Database(join(folder, "nymchat.db"));
    db.exec(SCHEMA);
    db.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
       INSERT INTO users SELECT 'user-' || i, ?, 'tag' FROM n`,
    ).run(key);
    db.close();
    const ended = await command(folder, ["import-nymchat", "nymchat.db"], { NODE_OPTIONS: "--max-old-space-size=96" });
    expect(ended.code).toBe(0);
    expect(sums(ended)).toEqual({ imported: 100_000, "already there": 0, refused: 0 });
    expect(ended.stderr.split("\n").filter((line) => /^nym-directory: \d+ of 100000 rows$/.test(line))).toHaveLength(
      10,
    );
    expect(known(folder)).toMatchObject({ routes: 0, log: 100_000, totals: 100_000 });
  });

  test("refuses while the directory runs", async () => {
    const folder = newFolder();
    const file = nymchat(folder, [["carla", pem()]]);
    await using directory = await startDirectory({
      env: { WEBSOCKET_URL: "ws://127.0.0.1:0", LOOPBACK_USERS_PORT: "0", LOOPBACK_CONTROL_PORT: "0" },
    });
    const ended = await command(folder, ["import-nymchat", file], { DATA_DIR: directory.dataDir });
    expect(ended).toMatchObject({ code: 78, stdout: "" });
    expect(ended.stderr).toMatch(/is in use by another process\n$/);
  });
});

test("an imported user is found, gets what waited at the next log-in, and is nobody else's name to take", async () => {
  const folder = newFolder();
  await using world = await startV2World();
  const { users, directory } = world.places;
  const mary = await LoopbackUser.connect("mary-from-nymchat", users, directory);
  const peter = await LoopbackUser.connect("peter-who-writes", users, directory);
  const thief = await LoopbackUser.connect("Mary-From-Nymchat", users, directory);
  const file = nymchat(folder, [[mary.name, mary.publicKey]], SCHEMA);
  await world.process.stop();
  const { dataDir } = world.process;
  expect(sums(await command(folder, ["import-nymchat", file], { DATA_DIR: dataDir }))).toMatchObject({ imported: 1 });
  await world.again("SIGINT");

  expect(await peter.register()).toBe("success");
  expect(JSON.parse(await peter.lookUp("MARY-from-nymchat"))).toEqual({
    username: mary.name,
    publicKey: mary.publicKey,
  });
  expect(await peter.send(mary.name, "welcome to the new place")).toBe("success");
  expect((await thief.ask(thief.registering())).content).toBe("error: username already in use");
  expect(await mary.login()).toBe("success");
  await until(() => mary.messages.includes("welcome to the new place"));
  for (const user of [mary, peter, thief]) user.close();
});
