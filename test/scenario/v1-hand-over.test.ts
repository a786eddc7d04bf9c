/** When a v1 message counts as handed over, and when it stays and is offered again. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type User, userByName } from "../../src/store/rows.js";
import type { Hour } from "../../src/util/time.js";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { openStore } from "../support/sqlite-store.js";
import { envelope, query, V1User } from "../support/v1-user.js";

let client: FakeNymClient;
let directory: DirectoryProcess;
const alice = new V1User("alice");
const bob = new V1User("bob");
const SCALED = { HANDOVER_SECONDS: "1", LANE_POLL_MS: "50", SUMMARY_MINUTES: "0.002" };

async function start(dataDir?: string, freshSeconds = 60, limits = "on"): Promise<DirectoryProcess> {
  const env = {
    NYM_CLIENT: "external",
    WEBSOCKET_URL: client.url,
    ROUTE_FRESH_SECONDS: String(freshSeconds),
    LIMITS: limits,
    ...SCALED,
  };
  return startDirectory(dataDir === undefined ? { env } : { env, dataDir });
}

beforeEach(async () => {
  client = await FakeNymClient.listen();
  directory = await start();
  await alice.registerAt(client);
  await bob.registerAt(client);
});

afterEach(async () => {
  await directory[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
});

/** Starts the directory again, with routes that are soon too old to be pushed to. */
async function withShortRoutes(): Promise<void> {
  await directory.stop();
  directory = await start(directory.dataDir, 1);
  await bob.loginAt(client);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function messages(tag: string): string[] {
  return client
    .repliesOf(tag)
    .map(({ message }) => envelope(message.toString()))
    .filter(({ action }) => action === "incomingMessage")
    .map(({ content }) => (JSON.parse(content) as { body: string }).body);
}

/** Waits until the log says that something was handed over. */
async function handedOver(): Promise<void> {
  await directory.says(/messages\.handedOver=/);
}

test("a lane that drained: handed over, and never offered again", async () => {
  await client.ask(alice.tag, alice.send("bob", '"one"'));
  await client.until(() => messages(bob.tag).length === 1);
  await handedOver();
  await client.ask(bob.tag, query("x"));
  await bob.loginAt(client);
  await sleep(200);
  expect(messages(bob.tag)).toEqual(["one"]);
});

test.each([
  ["says nothing", undefined],
  ["never drains", 3],
])("a lane that %s: the message stays, and comes again at the next request on that tag", async (_, length) => {
  client.laneLength = () => length;
  await client.ask(alice.tag, alice.send("bob", '"one"'));
  await client.until(() => messages(bob.tag).length === 1);
  while (messages(bob.tag).length === 1) {
    client.push(bob.tag, query("x"));
    await sleep(50);
  }
  client.laneLength = () => 0;
  await handedOver();
  await client.ask(bob.tag, query("x"));
  await sleep(200);
  expect(messages(bob.tag)).toEqual(["one", "one"]);
});

test("a lane that drains late, but in time, has taken the message", async () => {
  let asked = 0;
  client.laneLength = () => (++asked < 6 ? 1 : 0);
  await client.ask(alice.tag, alice.send("bob", '"one"'));
  await handedOver();
  await client.ask(bob.tag, query("x"));
  await sleep(200);
  expect(messages(bob.tag)).toEqual(["one"]);
});

test("a tag that was silent for too long is not pushed to; its next request brings what waited, in order", async () => {
  await withShortRoutes();
  await sleep(1100);
  for (const body of ['"one"', '"two"', '"three"']) await client.ask(alice.tag, alice.send("bob", body));
  await sleep(200);
  expect(messages(bob.tag)).toEqual([]);
  client.push(bob.tag, query("x"));
  await client.until(() => messages(bob.tag).length === 3);
  expect(messages(bob.tag)).toEqual(["one", "two", "three"]);
  const actions = client.repliesOf(bob.tag).map(({ message }) => envelope(message.toString()).action);
  expect(actions.indexOf("queryResponse")).toBeLessThan(actions.indexOf("incomingMessage"));
});

test("no more packets are handed over than SURBs were brought", async () => {
  // Two requests brought 20 SURBs, two replies took 2.
  for (let index = 0; index < 30; index++) await client.ask(alice.tag, alice.send("bob", `"${index}"`));
  await client.until(() => messages(bob.tag).length === 18);
  await sleep(200);
  expect(messages(bob.tag)).toHaveLength(18);
  await client.ask(bob.tag, query("x"));
  await client.until(() => messages(bob.tag).length === 27);
  await client.ask(bob.tag, query("x"));
  await client.until(() => messages(bob.tag).length === 30);
  expect(messages(bob.tag)).toEqual(Array.from({ length: 30 }, (_, index) => String(index)));
});

test("a Nym client that was gone has lost its SURBs: nothing is pushed until the user is heard from again", async () => {
  const { port } = client;
  await client[Symbol.asyncDispose]();
  await directory.says("bridge closed");
  // It is tried at once, and refused.
  await sleep(400);
  client = await FakeNymClient.listen({ port });
  await client.until(() => client.connected);
  await client.ask(alice.tag, alice.send("bob", '"one"'));
  await sleep(300);
  expect(messages(bob.tag)).toEqual([]);
  await client.ask(bob.tag, query("x"));
  await client.until(() => messages(bob.tag).length === 1);
});

test("a dropped connection with the Nym client still there costs nothing", async () => {
  client.drop();
  await client.until(() => !client.connected);
  await client.until(() => client.connected);
  await client.ask(alice.tag, alice.send("bob", '"one"'));
  await client.until(() => messages(bob.tag).length === 1);
});

test("a message that comes in while the recipient's Nym client is away goes out when it is back", async () => {
  const other = await FakeNymClient.listen({ identity: 8 });
  try {
    await directory.stop();
    const env = { NYM_CLIENT: "external", WEBSOCKET_URL: `${client.url},${other.url}`, ...SCALED };
    const { dataDir } = directory;
    directory = await startDirectory({ dataDir, env: { ...env, RECONNECT_MIN_MS: "1500", RECONNECT_MAX_MS: "1500" } });
    await client.until(() => client.connected && other.connected);
    expect(await bob.loginAt(client)).toBe("success");
    // The first attempt after a loss comes at once, and is cut off as well.
    client.drop();
    await client.until(() => !client.connected);
    await client.until(() => client.connected);
    client.drop();
    await client.until(() => !client.connected);
    expect(envelope(await other.ask(alice.tag, alice.send("bob", '"one"'))).content).toBe("success");
    expect(client.connected).toBe(false);
    await client.until(() => messages(bob.tag).length === 1);
  } finally {
    await other[Symbol.asyncDispose]();
  }
});

test.each(["SIGTERM", "SIGINT"] as const)("a %s amid requests loses nothing that was acknowledged", async (signal) => {
  await directory.stop();
  directory = await start(directory.dataDir, 60, "off");
  await client.until(() => client.connected);
  const before = client.repliesOf(alice.tag).length;
  const bodies = Array.from({ length: 400 }, (_, index) => `message ${index}`);
  for (const body of bodies) client.push(alice.tag, alice.send("bob", JSON.stringify(body)));
  await client.until(() => client.repliesOf(alice.tag).length > before);
  expect(await directory.stop(signal)).toBe(0);
  // Those of one tag are answered in order.
  const answers = client.repliesOf(alice.tag).slice(before);
  expect(answers.every(({ message }) => envelope(message.toString()).content === "success")).toBe(true);
  const acknowledged = bodies.slice(0, answers.length);

  directory = await start(directory.dataDir);
  await bob.loginAt(client);
  const missing = (): string[] => {
    const came = new Set(messages(bob.tag));
    return acknowledged.filter((body) => !came.has(body));
  };
  while (missing().length > 0) {
    client.push(bob.tag, query("x"));
    await sleep(20);
  }
});

test("kill -9 and a new start keep every user and every stored message", async () => {
  await withShortRoutes();
  await sleep(1100);
  await client.ask(alice.tag, alice.send("bob", '"kept"'));
  await directory.stop("SIGKILL");
  await client.until(() => !client.connected);
  directory = await start(directory.dataDir);
  await client.until(() => client.connected);
  expect(envelope(await client.ask(randomBytes(16).toString("hex"), query("BOB"))).content).toContain(
    '"username": "bob"',
  );
  expect(await bob.at().registerAt(client)).toBe("error: username already in use");
  client.push(bob.tag, query("x"));
  await client.until(() => messages(bob.tag).length === 1);
  // Until then it would follow its recipient.
  await handedOver();
  const elsewhere = bob.at();
  expect(await elsewhere.loginAt(client)).toBe("success");
  await sleep(200);
  expect(messages(elsewhere.tag)).toEqual([]);
});

test("a message that needs more SURBs than there are holds up nothing smaller, and goes when there are enough", async () => {
  const large = "x".repeat(40_000);
  await client.ask(alice.tag, alice.send("bob", `"${large}"`));
  for (const body of ["two", "three"]) await client.ask(alice.tag, alice.send("bob", `"${body}"`));
  await client.until(() => messages(bob.tag).length === 2);
  expect(messages(bob.tag)).toEqual(["two", "three"]);
  for (let requests = 0; requests < 2; requests++) await client.ask(bob.tag, query("x"));
  await client.until(() => messages(bob.tag).length === 3);
  expect(messages(bob.tag)[2]).toHaveLength(40_000);
  await client.ask(alice.tag, alice.send("bob", '"four"'));
  await client.until(() => messages(bob.tag).includes("four"));
  expect(messages(bob.tag)).toHaveLength(4);
});

test("a message of a kind that this version does not know holds up nothing", async () => {
  expect(await directory.stop()).toBe(0);
  {
    const { store } = await openStore({ path: join(directory.dataDir, "directory.db") });
    const [user] = (await store.load([userByName("bob")])) as [User];
    const expires = 10_000_000 as Hour;
    const unknown = { recipient: user.id, origin: Buffer.from("x"), payload: Buffer.of(200), expires };
    // More than are read at a time.
    await store.commit(Array.from({ length: 40 }, () => [{ kind: "storeMessage", ...unknown }]));
    await store[Symbol.asyncDispose]();
  }
  directory = await start(directory.dataDir);
  await alice.loginAt(client);
  await bob.loginAt(client);
  await client.ask(alice.tag, alice.send("bob", '"behind it"'));
  await client.until(() => messages(bob.tag).includes("behind it"));
});
