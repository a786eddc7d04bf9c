/** The directory when its disk will not: a lock held by somebody else, no room, and kill -9 in the middle of commits. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, nonceOf, query, V1User } from "../support/v1-user.js";

let client: FakeNymClient;
let directory: DirectoryProcess;
const tag = (): string => randomBytes(16).toString("hex");

async function start(env: Record<string, string> = {}, dataDir?: string): Promise<DirectoryProcess> {
  const all = { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, LIMITS: "off", ...env };
  const started = await startDirectory(dataDir === undefined ? { env: all } : { env: all, dataDir });
  await client.until(() => client.connected);
  return started;
}

beforeEach(async () => {
  client = await FakeNymClient.listen();
});

afterEach(async () => {
  await directory[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
});

test("another process holds the write lock for two seconds: look-ups go on, and nothing is acknowledged early", async () => {
  directory = await start();
  const alice = new V1User("alice-of-the-lock");
  const bob = new V1User("bob-of-the-lock");
  await alice.registerAt(client);
  const nonce = nonceOf(envelope(await client.ask(bob.tag, bob.register())));

  const holder = new Database(join(directory.dataDir, "directory.db"));
  holder.exec("BEGIN IMMEDIATE");
  client.push(bob.tag, bob.registrationResponse(nonce));
  client.push(alice.tag, alice.send(alice.name, '"to myself, behind the lock"'));
  const until = Date.now() + 2000;
  while (Date.now() < until) {
    expect(envelope(await client.ask(tag(), query(alice.name))).content).toContain(alice.name);
    expect(envelope(await client.ask(tag(), query(bob.name))).content).toBe("No user found");
  }
  expect(client.repliesOf(bob.tag)).toHaveLength(1);
  expect(client.repliesOf(alice.tag)).toHaveLength(2);
  holder.exec("ROLLBACK");
  holder.close();
  await client.until(() => client.repliesOf(bob.tag).length === 2 && client.repliesOf(alice.tag).length >= 3);
  expect(envelope(client.repliesOf(bob.tag)[1]?.message.toString() ?? "").content).toBe("success");
});

test("no room is left: `error: database failure`, and service again when there is", async () => {
  directory = await start({ MAX_DATABASE_BYTES: "262144", MAILBOX_BYTES: "100000000" });
  const alice = new V1User("alice-of-the-disk");
  const bob = new V1User("bob-of-the-disk");
  await alice.registerAt(client);
  await bob.registerAt(client);
  client.laneLength = () => 1;
  let result = "success";
  let sent = 0;
  while (result === "success") {
    result = envelope(await client.ask(alice.tag, alice.send(bob.name, `"${sent++}${"x".repeat(20_000)}"`))).content;
  }
  expect(result).toBe("error: database failure");
  // What is small may still find a place between the large.
  let registered = 0;
  do result = await new V1User(`filler-${registered++}`).registerAt(client);
  while (result === "success");
  expect(result).toBe("error: database failure");
  expect(envelope(await client.ask(tag(), query(alice.name))).content).toContain(alice.name);
  await directory.stop();
  directory = await start({ MAX_DATABASE_BYTES: "0" }, directory.dataDir);
  client.laneLength = () => 0;
  expect(await new V1User(`filler-${registered - 1}`).registerAt(client)).toBe("success");
}, 60_000);

test("kill -9 while registrations are committed: whoever was told success is there afterwards", async () => {
  directory = await start();
  const told: V1User[] = [];
  for (let round = 0; round < 3; round++) {
    const users = Array.from({ length: 60 }, (_, index) => new V1User(`killed-${round}-${index}`));
    const registering = users.map(async (user) => {
      if ((await user.registerAt(client)) === "success") told.push(user);
    });
    const enough = told.length + 20;
    await client.until(() => told.length >= enough);
    await directory.stop("SIGKILL");
    await client.until(() => !client.connected);
    void Promise.allSettled(registering);
    directory = await start({}, directory.dataDir);
  }
  for (const user of told) {
    expect(envelope(await client.ask(tag(), query(user.name))).content).toContain(`"username": "${user.name}"`);
  }
}, 90_000);

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends the directory in good order, with what was under way answered",
  async (signal) => {
    directory = await start();
    const users = Array.from({ length: 20 }, (_, index) => new V1User(`orderly-${index}`));
    for (const user of users) await client.ask(user.tag, user.register());
    for (const user of users) {
      const challenge = envelope(client.repliesOf(user.tag)[0]?.message.toString() ?? "");
      client.push(user.tag, user.registrationResponse(nonceOf(challenge)));
    }
    await client.until(() => users.some((user) => client.repliesOf(user.tag).length === 2));
    expect(await directory.stop(signal)).toBe(0);
    const answered = users.filter((user) => client.repliesOf(user.tag).length === 2);
    directory = await start({}, directory.dataDir);
    for (const user of answered)
      expect(envelope(await client.ask(tag(), query(user.name))).content).toContain(user.name);
    expect(directory.stderr).not.toContain("internal error");
  },
);
