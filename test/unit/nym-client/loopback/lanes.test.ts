/** Lanes: queue lengths, dropping, and taking turns. */
import { afterEach, describe, expect, test } from "vitest";
import { Lanes } from "../../../../nym-client/loopback/lanes.js";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../../../nym-client/loopback/mixnet.js";
import type { SenderTag } from "../../../../src/protocol/nym-client/sender-tag.js";
import { settled, TestApp } from "../../../support/loopback-apps.js";

describe("lanes", () => {
  test("are served in turn, a packet each", () => {
    const lanes = new Lanes<string>();
    lanes.push(1, "a", 3);
    lanes.push(2, "b", 1);
    lanes.push("general", "c", 2);
    lanes.push(1, "d", 1);
    expect([lanes.packets, lanes.length(1), lanes.length(2), lanes.length(3)]).toEqual([7, 4, 1, 0]);
    expect(Array.from({ length: 8 }, () => lanes.pop())).toEqual(["a", "b", "c", "a", "c", "a", "d", undefined]);
    expect(lanes.packets).toBe(0);
  });

  test("drop what is in them", () => {
    const lanes = new Lanes<string>();
    lanes.push(1, "a", 3);
    lanes.push(1, "b", 3);
    lanes.push(2, "c", 1);
    expect(lanes.drop(1)).toEqual(["a", "b"]);
    expect(lanes.drop(1)).toEqual([]);
    expect([lanes.packets, lanes.length(1)]).toEqual([1, 0]);
    expect(lanes.clear()).toEqual(["c"]);
    expect(lanes.pop()).toBeUndefined();
  });
});

describe("at a client that sends a packet an hour", () => {
  let mixnet: LoopbackMixnet;
  afterEach(() => mixnet.close());
  const crawl = 1 / 3600;

  test("the queue length of a lane is that before the request, and then its packets", async () => {
    mixnet = createLoopbackMixnet({ packetsPerSecond: crawl });
    const alice = new TestApp(mixnet, "alice");
    const lengths = async (): Promise<number[]> => [await alice.laneLength(7), await alice.laneLength(8)];
    alice.ask(mixnet.addressOf("nym-directory"), "x", 10, 7);
    expect(await alice.arrivals.next()).toEqual({ type: "laneQueueLength", lane: 7, length: 0 });
    expect(await lengths()).toEqual([3, 0]);
    alice.send(mixnet.addressOf("nym-directory"), "x", 7);
    expect(await alice.arrivals.next()).toEqual({ type: "laneQueueLength", lane: 7, length: 3 });
    expect(await lengths()).toEqual([4, 0]);
    alice.closeLane(7);
    expect(await lengths()).toEqual([0, 0]);
    expect(mixnet.counters("alice")).toMatchObject({ queued: 0, lost: { dropped: 2 } });
  });

  test("a request without a lane has no answer", async () => {
    mixnet = createLoopbackMixnet({ packetsPerSecond: crawl });
    const alice = new TestApp(mixnet, "alice");
    alice.ask(mixnet.addressOf("nym-directory"), "x", 1);
    alice.send(mixnet.addressOf("nym-directory"), "x");
    alice.reply("00".repeat(16) as SenderTag, "x");
    alice.closeLane(3);
    await settled();
    expect(alice.arrivals.take()).toEqual([]);
    expect(mixnet.counters("alice").queued).toBe(2);
  });

  test("the length counts replies that wait for SURBs too, in their lane", async () => {
    mixnet = createLoopbackMixnet({ packetsPerSecond: crawl, userPacketsPerSecond: Infinity, reserve: 1 });
    const service = new TestApp(mixnet, "nym-directory");
    const alice = new TestApp(mixnet, "alice");
    alice.ask(service.address, "?", 3);
    const { senderTag } = await service.request();
    service.reply(senderTag, Buffer.alloc(1601 + 1604 * 4), 5);
    service.reply(senderTag, "x", 6);
    await settled();
    service.arrivals.take();
    // Two packets have SURBs and are queued; three, and the one of the other lane, have none.
    expect([await service.laneLength(5), await service.laneLength(6)]).toEqual([5, 1]);
    expect(mixnet.counters("nym-directory")).toMatchObject({ waiting: 4, queued: 3 });
    service.closeLane(5);
    expect([await service.laneLength(5), await service.laneLength(6)]).toEqual([3, 1]);
  });

  test("what is queued is lost with the process", () => {
    mixnet = createLoopbackMixnet({ packetsPerSecond: crawl });
    const alice = new TestApp(mixnet, "alice");
    alice.send(mixnet.addressOf("nym-directory"), "x", 1);
    mixnet.stop("alice", "graceful");
    expect(mixnet.counters("alice")).toMatchObject({ queued: 0, lost: { dropped: 1 } });
  });
});

test("a small message does not wait for a large one of another lane", async () => {
  const mixnet = createLoopbackMixnet({ packetsPerSecond: 2_000 });
  const service = new TestApp(mixnet, "nym-directory");
  const alice = new TestApp(mixnet, "alice");
  alice.send(service.address, Buffer.alloc(1604 * 100, "a"), 1);
  alice.send(service.address, "small", 2);
  alice.send(service.address, "behind the large one", 1);
  const texts = [await service.message(), await service.message(), await service.message()].map(({ text }) => text);
  expect(texts.map((text) => text.slice(0, 20))).toEqual(["small", "a".repeat(20), "behind the large one"]);
  await mixnet.close();
});

test("a reply to an unknown tag is answered with a queue length of 0", async () => {
  const mixnet = createLoopbackMixnet();
  const service = new TestApp(mixnet, "nym-directory");
  service.reply("ab".repeat(16) as SenderTag, "x", 9);
  expect(await service.arrivals.next()).toEqual({ type: "laneQueueLength", lane: 9, length: 0 });
  expect(mixnet.counters("nym-directory")).toMatchObject({ waiting: 0, queued: 0, lost: { unknownTag: 1 } });
  await mixnet.close();
});
