/** What a graceful and a killed restart of a client keep and lose, and what its gateway does meanwhile. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../../../nym-client/loopback/mixnet.js";
import { settled, TestApp } from "../../../support/loopback-apps.js";

let mixnet: LoopbackMixnet;
let service: TestApp;
let alice: TestApp;

beforeEach(() => {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, restartMs: 5 });
  service = new TestApp(mixnet, "nym-directory");
  alice = new TestApp(mixnet, "alice");
});
afterEach(() => mixnet.close());

describe("a sender's tag", () => {
  test("is the same for all its messages to one recipient, and another for each recipient", async () => {
    const bob = new TestApp(mixnet, "bob");
    alice.ask(service.address, "1", 1);
    alice.ask(service.address, "2", 1);
    alice.ask(bob.address, "3", 1);
    bob.ask(service.address, "4", 1);
    const [first, second] = [await service.request(), await service.request()];
    const [toBob, fromBob] = [await bob.request(), await service.request()];
    expect(first.senderTag).toMatch(/^[0-9a-f]{32}$/);
    expect(second.senderTag).toBe(first.senderTag);
    expect(new Set([first.senderTag, toBob.senderTag, fromBob.senderTag]).size).toBe(3);
  });

  test.each(["graceful", "killed"] as const)("is new after a %s restart, and the address is not", async (how) => {
    alice.ask(service.address, "before", 1);
    const before = await service.request();
    await mixnet.restart("alice", how);
    const alice2 = new TestApp(mixnet, "alice");
    expect(alice2.address).toBe(alice.address);
    alice2.ask(service.address, "after", 1);
    expect((await service.request()).senderTag).not.toBe(before.senderTag);
  });
});

describe("a restart of the sender", () => {
  test("that is graceful keeps its reply keys: replies to the old tag arrive", async () => {
    alice.ask(service.address, "?", 3);
    const { senderTag } = await service.request();
    await mixnet.restart("alice", "graceful");
    const alice2 = new TestApp(mixnet, "alice");
    service.reply(senderTag, "still here");
    expect((await alice2.message()).text).toBe("still here");
  });

  test("that is a kill loses them: replies to the old tag go nowhere, in silence", async () => {
    alice.ask(service.address, "?", 3);
    const { senderTag } = await service.request();
    await mixnet.restart("alice", "killed");
    const alice2 = new TestApp(mixnet, "alice");
    service.reply(senderTag, "anybody?", 9);
    await settled();
    expect(alice2.texts()).toEqual([]);
    expect(mixnet.counters("alice")).toMatchObject({ received: { data: 1 }, lost: { noReplyKey: 1 } });
    expect(service.arrivals.take()).toEqual([{ type: "laneQueueLength", lane: 9, length: 0 }]);
  });
});

describe("a restart of the recipient", () => {
  test("that is graceful keeps the SURBs that it holds", async () => {
    alice.ask(service.address, "?", 3);
    const { senderTag } = await service.request();
    await mixnet.restart("nym-directory", "graceful");
    expect(mixnet.counters("nym-directory").surbs).toBe(3);
    new TestApp(mixnet, "nym-directory").reply(senderTag, "as before");
    expect((await alice.message()).text).toBe("as before");
  });

  test("that is a kill throws them away: the tag is unknown", async () => {
    alice.ask(service.address, "?", 3);
    const { senderTag } = await service.request();
    await mixnet.restart("nym-directory", "killed");
    expect(mixnet.counters("nym-directory").surbs).toBe(0);
    const service2 = new TestApp(mixnet, "nym-directory");
    service2.reply(senderTag, "lost", 3);
    await settled();
    expect(service2.arrivals.take()).toEqual([{ type: "laneQueueLength", lane: 3, length: 0 }]);
    expect(mixnet.counters("nym-directory")).toMatchObject({ lost: { unknownTag: 1 }, sent: { data: 0 } });
  });

  test("drops replies that waited, even a graceful one", async () => {
    alice.ask(service.address, "?", 1);
    const { senderTag } = await service.request();
    mixnet.stop("alice", "graceful");
    service.reply(senderTag, "waits");
    await mixnet.restart("nym-directory", "graceful");
    expect(mixnet.counters("nym-directory")).toMatchObject({ waiting: 0, lost: { dropped: 1 } });
  });

  test("drops what its application had not read", async () => {
    service.close();
    alice.send(service.address, "unread");
    await settled();
    expect(mixnet.counters("nym-directory").unread).toBe(1);
    await mixnet.restart("nym-directory", "graceful");
    expect(mixnet.counters("nym-directory")).toMatchObject({ unread: 0, lost: { dropped: 1 } });
  });
});

test("a restart closes the application's connection, and takes its time", async () => {
  void mixnet.restart("alice", "killed", 60_000);
  await settled();
  expect(alice.closed).toBe(true);
  expect(mixnet.counters("alice").running).toBe(false);
  expect(() => new TestApp(mixnet, "alice")).toThrow("the client refuses the connection");
  alice.send(service.address, "into the void");
  await mixnet.restart("alice", "killed");
  expect(mixnet.counters("alice")).toMatchObject({ running: true, sent: { data: 0 } });
});

test("of two restarts at once the later one counts", async () => {
  const first = mixnet.restart("alice", "graceful", 1);
  void mixnet.restart("alice", "graceful", 60_000);
  await first;
  expect(mixnet.counters("alice").running).toBe(false);
  await mixnet.restart("alice", "graceful", 1);
  expect(mixnet.counters("alice").running).toBe(true);
});

describe("the gateway", () => {
  test("keeps what arrives for a client that does not run, and delivers it in another order", async () => {
    mixnet.stop("nym-directory", "graceful");
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const text of texts) alice.ask(service.address, text, 2);
    await settled();
    expect(mixnet.counters("nym-directory")).toMatchObject({ stored: 20, received: { data: 0 } });
    mixnet.start("nym-directory");
    const service2 = new TestApp(mixnet, "nym-directory");
    const received = await Promise.all(texts.map(() => service2.request()));
    expect(received.map(({ text }) => text)).not.toEqual(texts);
    expect(received.map(({ text }) => text).sort()).toEqual([...texts].sort());
    service2.reply(received[0]?.senderTag ?? ("" as never), "its SURBs still work");
    expect((await alice.message()).text).toBe("its SURBs still work");
  });

  test("never keeps the order of two", async () => {
    for (let round = 0; round < 10; round += 1) {
      mixnet.stop("nym-directory", "graceful");
      alice.send(service.address, "first");
      alice.send(service.address, "second");
      await settled();
      mixnet.start("nym-directory");
      const again = new TestApp(mixnet, "nym-directory");
      await settled();
      expect(again.texts()).toEqual(["second", "first"]);
    }
  });

  test("keeps replies for a user who is away", async () => {
    alice.ask(service.address, "?", 3);
    const { senderTag } = await service.request();
    mixnet.stop("alice", "graceful");
    service.reply(senderTag, "kept");
    await settled();
    mixnet.start("alice");
    expect((await new TestApp(mixnet, "alice").message()).text).toBe("kept");
  });

  test("forgets what it has kept for too long", async () => {
    const impatient = createLoopbackMixnet({ packetsPerSecond: Infinity, gatewayKeepMs: 0 });
    const bob = new TestApp(impatient, "bob");
    impatient.stop("nym-directory", "graceful");
    bob.send(impatient.addressOf("nym-directory"), "too late");
    await settled();
    expect(impatient.counters("nym-directory").stored).toBe(1);
    impatient.start("nym-directory");
    await settled();
    expect(impatient.counters("nym-directory")).toMatchObject({ stored: 0, unread: 0, lost: { dropped: 1 } });
    await impatient.close();
  });
});

test("commands for a client that is not there say so", async () => {
  const missing = "there is no client of that name";
  await expect(mixnet.restart("nobody", "killed")).rejects.toThrow(missing);
  expect(() => mixnet.stop("nobody", "killed")).toThrow(missing);
  expect(() => mixnet.start("nobody")).toThrow(missing);
  expect(() => mixnet.dropSocket("nobody")).toThrow(missing);
  expect(() => mixnet.exhaust("nobody")).toThrow(missing);
  expect(() => mixnet.counters("nobody")).toThrow(missing);
  expect(() => mixnet.faults({}, "nobody")).toThrow(missing);
});
