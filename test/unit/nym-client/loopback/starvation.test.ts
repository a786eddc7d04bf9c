/** Replies that wait for SURBs in vain: dropped in silence, sooner or later. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../../../nym-client/loopback/mixnet.js";
import { settled, TestApp } from "../../../support/loopback-apps.js";

let mixnet: LoopbackMixnet;
afterEach(() => mixnet.close());

/** Waits, a look at a time, until nothing waits for SURBs any more. */
async function nothingWaits(): Promise<void> {
  while (mixnet.counters("nym-directory").waiting > 0) await sleep(5);
}

test("without the sender the surplus waits, and is dropped", async () => {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, reserve: 10, starvationMs: 180 });
  const service = new TestApp(mixnet, "nym-directory");
  const alice = new TestApp(mixnet, "alice");
  alice.ask(service.address, "?", 15);
  const { senderTag } = await service.request();
  mixnet.stop("alice", "graceful");
  for (let index = 0; index < 60; index += 1) service.reply(senderTag, "!", 4);
  // Five of the fifteen carry replies, the reserve asks for more as the queue grows, and what is left will ask again.
  expect(mixnet.counters("nym-directory")).toMatchObject({ sent: { data: 5, surbRequests: 4 }, surbs: 6, waiting: 55 });
  await settled();
  service.arrivals.take();
  expect(await service.laneLength(4)).toBe(55);
  await nothingWaits();
  expect(await service.laneLength(4)).toBe(0);
  // It has asked six times more before it gave up.
  expect(mixnet.counters("nym-directory")).toMatchObject({
    sent: { data: 5, surbRequests: 10 },
    surbs: 0,
    lost: { starved: 55 },
  });
  expect(service.arrivals.take()).toEqual([]);
});

test("what has been given up stays so; later replies wait in their turn", async () => {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, reserve: 1, starvationMs: 90 });
  const service = new TestApp(mixnet, "nym-directory");
  const alice = new TestApp(mixnet, "alice");
  alice.ask(service.address, "?", 1);
  const { senderTag } = await service.request();
  mixnet.exhaust("nym-directory");
  service.reply(senderTag, "first");
  await nothingWaits();
  service.reply(senderTag, "second");
  expect(mixnet.counters("nym-directory").waiting).toBe(1);
  alice.ask(service.address, "more", 3);
  expect((await alice.message()).text).toBe("second");
  expect(mixnet.counters("nym-directory").lost.starved).toBe(1);
});

test("a late push must fit the SURBs at hand; the rest of it is dropped", async () => {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, reserve: 1, latePushMs: 20 });
  const service = new TestApp(mixnet, "nym-directory");
  const alice = new TestApp(mixnet, "alice");
  alice.ask(service.address, "?", 4);
  const { senderTag } = await service.request();
  await sleep(25);
  service.reply(senderTag, "fits");
  expect((await alice.message()).text).toBe("fits");
  service.reply(senderTag, Buffer.alloc(1601 + 1604 * 2));
  service.reply(senderTag, "does not fit");
  await settled();
  expect(alice.texts()).toEqual([]);
  // The third packet did not fit, so the client asked for more; what came helps only later replies.
  expect(mixnet.counters("nym-directory")).toMatchObject({ lost: { late: 2 }, waiting: 0, sent: { surbRequests: 1 } });
  service.reply(senderTag, "later");
  expect((await alice.message()).text).toBe("later");
});

test("a push within the time may wait for SURBs", async () => {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, reserve: 1, latePushMs: 60_000 });
  const service = new TestApp(mixnet, "nym-directory");
  const alice = new TestApp(mixnet, "alice");
  alice.ask(service.address, "?", 2);
  const { senderTag } = await service.request();
  service.reply(senderTag, Buffer.alloc(5_000, "a"));
  expect((await alice.message()).text).toHaveLength(5_000);
});
