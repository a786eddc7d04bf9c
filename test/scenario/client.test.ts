/** The client library, over WebSockets, with the real directory on its loopback mixnet. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type ClientEvent,
  connectToDirectory,
  createWebSocketTransport,
  type DirectoryClient,
  type DirectoryClientOptions,
  newKeyPair,
} from "../../src/client/client.js";
import type { KeyPair } from "../../src/protocol/v1/key-pair.js";
import { type LoopbackDirectory, startLoopbackDirectory } from "../support/loopback-directory.js";

let directory: LoopbackDirectory;
let serial = 0;
let closing: DirectoryClient[];

beforeAll(async () => void (directory = await startLoopbackDirectory({ LIMITS: "off" })));
afterAll(() => directory[Symbol.asyncDispose]());
beforeEach(() => {
  serial += 1;
  closing = [];
});
afterEach(async () => {
  await directory.command({ command: "faults", changes: { loss: 0 } });
  await Promise.all(closing.map((client) => client.close()));
});

interface Person {
  readonly name: string;
  readonly client: DirectoryClient;
  readonly keys: KeyPair;
  readonly events: ClientEvent[];
  readonly texts: string[];
}

async function connect(
  who: string,
  options: Partial<DirectoryClientOptions> = {},
  at: LoopbackDirectory = directory,
): Promise<Person> {
  const name = `${who}${serial}`;
  const events: ClientEvent[] = [];
  const client = await connectToDirectory(
    {
      transport: createWebSocketTransport({ url: `${at.users}/${name}`, reconnect: [10, 30] }),
      observe: (event) => void events.push(event),
    },
    { directory: at.addresses, replyKey: at.replyKey, ...options },
  );
  closing.push(client);
  const texts: string[] = [];
  void (async () => {
    for await (const { sender, plaintext } of client.messages())
      texts.push(`${sender.replace(/\d+$/, "")}: ${plaintext.kind === "chat" ? plaintext.text : plaintext.kind}`);
  })();
  return { name, client, keys: (await newKeyPair()).keyPair, events, texts };
}

async function register(...args: Parameters<typeof connect>): Promise<Person> {
  const person = await connect(...args);
  await person.client.register(person.name, person.keys);
  return person;
}

function hears({ texts }: Person): ReturnType<typeof expect.poll> {
  return expect.poll(() => [...texts].sort(), { timeout: 10_000 });
}

describe("with the real directory, the client", () => {
  it("registers, looks up, and writes both ways; every answer is signed by the directory", async () => {
    const alice = await register("Alice");
    const bob = await register("bob");
    expect(await alice.client.lookup(bob.name.toUpperCase())).toEqual({
      name: bob.name,
      publicKey: bob.keys.publicKey,
    });
    expect(await alice.client.lookup("nobody")).toBeUndefined();
    await alice.client.send(bob.name, "hello");
    await alice.client.send(bob.name, "again");
    await hears(bob).toEqual(["Alice: again", "Alice: hello"]);
    await bob.client.send(alice.name, "hello yourself");
    await hears(alice).toEqual(["bob: hello yourself"]);
    for (const { events } of [alice, bob]) expect(events.filter(({ type }) => type === "dropped")).toEqual([]);
  });

  it("registers with two packets each way, and looks up with one", async () => {
    const answers = await directory.packetsOf("nym-directory");
    const alice = await register("alice");
    expect(await directory.packetsOf(alice.name)).toBe(2);
    expect((await directory.packetsOf("nym-directory")) - answers).toBe(2);
    await alice.client.lookup(alice.name);
    expect(await directory.packetsOf(alice.name)).toBe(3);
    expect((await directory.packetsOf("nym-directory")) - answers).toBe(3);
  });

  it("is told in its own words what is wrong", async () => {
    const alice = await register("alice");
    const other = await connect("other");
    await expect(other.client.register(alice.name, other.keys)).rejects.toMatchObject({ code: "nameTaken" });
    await expect(other.client.register("admin", other.keys)).rejects.toMatchObject({ code: "nameTaken" });
    await expect(other.client.login(alice.name, other.keys)).rejects.toMatchObject({ code: "badSignature" });
    await expect(other.client.login("nobody", other.keys)).rejects.toMatchObject({ code: "noSuchUser" });
    await expect(alice.client.send("nobody", "hi")).rejects.toMatchObject({ code: "noSuchUser" });
    await alice.client.register(alice.name, alice.keys);
  });

  it("has a message passed on once, however often it submits it, and whoever does", async () => {
    const alice = await register("alice");
    const bob = await register("bob");
    const sealed = await alice.client.seal(bob.name, "once");
    await Promise.all([alice.client.submit(sealed), alice.client.submit(sealed), bob.client.submit(sealed)]);
    await alice.client.send(bob.name, "last");
    await hears(bob).toEqual(["alice: last", "alice: once"]);
    expect(bob.events.filter(({ type }) => type === "rejected")).toEqual([]);
  });

  it("has everything arrive once when requests are lost", async () => {
    const hasty = { answerTimeout: 150, retries: 10, retryPause: 1 };
    await directory.command({ command: "faults", changes: { loss: 0.3 } });
    await directory.command({ command: "faults", client: "nym-directory", changes: { loss: 0 } });
    const [alice, bob] = await Promise.all([register("alice", hasty), register("bob", hasty)]);
    const texts = ["1", "2", "3", "4", "5", "6"];
    for (const text of texts) await Promise.all([alice.client.send(bob.name, text), bob.client.send(alice.name, text)]);
    await hears(bob).toEqual(texts.map((text) => `alice: ${text}`));
    await hears(alice).toEqual(texts.map((text) => `bob: ${text}`));
  });

  it("shows nothing twice when answers and messages are lost too", async () => {
    const hasty = { answerTimeout: 150, retries: 15, retryPause: 1, strayLifetime: 1_000 };
    const [alice, bob] = await Promise.all([register("alice", hasty), register("bob", hasty)]);
    await directory.command({ command: "faults", client: "nym-directory", changes: { loss: 0.2 } });
    for (let index = 0; index < 6; index++)
      await Promise.allSettled([alice.client.send(bob.name, `${index}`), bob.client.send(alice.name, `${index}`)]);
    await directory.command({ command: "faults", client: "nym-directory", changes: { loss: 0 } });
    await bob.client.send(alice.name, "end");
    await expect.poll(() => alice.texts, { timeout: 10_000 }).toContain("bob: end");
    for (const { texts } of [alice, bob]) expect(new Set(texts).size).toBe(texts.length);
  });
});

describe("with a directory that has not heard from it for a while, the client", () => {
  let here: LoopbackDirectory;
  beforeAll(async () => void (here = await startLoopbackDirectory({ LIMITS: "off", ROUTE_FRESH_SECONDS: "1" })));
  afterAll(() => here[Symbol.asyncDispose]());

  it("gets what waited there when its Nym client was killed and is back, however much that is", async () => {
    const alice = await register("alice", {}, here);
    const bob = await register("bob", { keepAlive: 500 }, here);
    await here.command({ command: "stop", client: bob.name, how: "killed" });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const texts = Array.from({ length: 40 }, (_, index) => `message ${String(index).padStart(2, "0")}`);
    for (const text of texts) await alice.client.send(bob.name, text);
    await here.command({ command: "start", client: bob.name });
    await hears(bob).toEqual(texts.map((text) => `alice: ${text}`));
  });

  it("gets what waits there because it is heard from in time", async () => {
    const alice = await register("alice", {}, here);
    const bob = await register("bob", { keepAlive: 2_000 }, here);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await alice.client.send(bob.name, "when you are there");
    await hears(bob).toEqual(["alice: when you are there"]);
  });
});

describe("with a directory that soon sees that a message was not taken, the client", () => {
  let here: LoopbackDirectory;
  beforeAll(async () => void (here = await startLoopbackDirectory({ LIMITS: "off", HANDOVER_SECONDS: "0.5" })));
  afterAll(() => here[Symbol.asyncDispose]());

  it("gets what was sent while its Nym client was off, be it from the gateway or from the directory", async () => {
    const alice = await register("alice", {}, here);
    const bob = await register("bob", { keepAlive: 700 }, here);
    await here.command({ command: "stop", client: bob.name, how: "graceful" });
    await expect.poll(() => bob.client.connected).toBe(false);
    for (const text of ["one", "two", "three"]) await alice.client.send(bob.name, text);
    await here.command({ command: "start", client: bob.name });
    await hears(bob).toEqual(["alice: one", "alice: three", "alice: two"]);
    expect(bob.events).toContainEqual({ type: "loggedIn" });
  });
});
