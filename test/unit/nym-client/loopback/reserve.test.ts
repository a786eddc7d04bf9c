/** The reserve of SURBs, and the asking for more: how many packets a request and its reply cost, by threshold. */
import { afterEach, describe, expect, test } from "vitest";
import type { ClientSnapshot } from "../../../../nym-client/loopback/counters.js";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../../../nym-client/loopback/mixnet.js";
import { settled, TestApp } from "../../../support/loopback-apps.js";

let mixnet: LoopbackMixnet;
afterEach(() => mixnet.close());

function start(reserve: number): { readonly service: TestApp; readonly alice: TestApp } {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, reserve });
  return { service: new TestApp(mixnet, "nym-directory"), alice: new TestApp(mixnet, "alice") };
}

/** Packets of messages and SURBs, without acks. */
function packets(direction: ClientSnapshot["sent"]): number {
  return direction.data + direction.surbRequests + direction.freshSurbs + direction.retransmissions;
}

/** Asks with `surbs` SURBs, is replied to, and says what it cost: packets up, packets down. */
async function lookUp(service: TestApp, alice: TestApp, surbs: number): Promise<[number, number]> {
  const before = mixnet.counters("alice");
  alice.ask(service.address, "?", surbs);
  service.reply((await service.request()).senderTag, "!");
  expect((await alice.message()).text).toBe("!");
  await settled();
  const after = mixnet.counters("alice");
  return [packets(after.sent) - packets(before.sent), packets(after.received) - packets(before.received)];
}

describe("the first reply to a sender", () => {
  /** One packet up and down, plus a request for SURBs and the three packets of ten SURBs. */
  const askedFor = [4, 2] as const;
  test.each([
    [0, 1, [1, 1]],
    [0, 2, [1, 1]],
    [1, 1, askedFor],
    [1, 2, [1, 1]],
    [1, 3, [1, 1]],
    [2, 1, askedFor],
    [2, 2, askedFor],
    [2, 3, [1, 1]],
    // Ten fresh SURBs only fill the reserve, so it asks twice.
    [10, 1, [7, 3]],
    [10, 3, askedFor],
    [10, 10, [6, 2]],
    [10, 11, [4, 1]],
  ])("with a reserve of %i and %i SURBs costs %j packets up and down", async (reserve, surbs, expected) => {
    const { service, alice } = start(reserve);
    expect(await lookUp(service, alice, surbs)).toEqual(expected);
  });

  test("later ones cost no asking, for SURBs pile up", async () => {
    const { service, alice } = start(10);
    await lookUp(service, alice, 10);
    expect(await lookUp(service, alice, 10)).toEqual([3, 1]);
    expect(await lookUp(service, alice, 2)).toEqual([1, 1]);
  });
});

test("a SURB carries one packet, once", async () => {
  const { service, alice } = start(0);
  alice.ask(service.address, "?", 3);
  const { senderTag } = await service.request();
  alice.close();
  for (const text of ["1", "2", "3"]) service.reply(senderTag, text);
  expect(mixnet.counters("nym-directory").surbs).toBe(0);
  service.reply(senderTag, "4");
  expect(mixnet.counters("nym-directory")).toMatchObject({ sent: { data: 3 }, waiting: 1 });
});

test("15 SURBs carry 60 replies while the sender is there to send more", async () => {
  const { service, alice } = start(10);
  alice.ask(service.address, "?", 15);
  const { senderTag } = await service.request();
  const texts = Array.from({ length: 60 }, (_, index) => `reply ${index}`);
  for (const text of texts) service.reply(senderTag, text);
  await settled();
  expect(alice.texts()).toEqual(texts);
  expect(mixnet.counters("nym-directory")).toMatchObject({ waiting: 0, sent: { data: 60 } });
});

test("a client asks for 10 to 50 SURBs at a time, and for none that are on their way", async () => {
  const { service, alice } = start(1);
  alice.ask(service.address, "?", 3);
  const { senderTag } = await service.request();
  service.reply(senderTag, Buffer.alloc(1601 + 1604 * 99, "a"));
  service.reply(senderTag, "b");
  expect(mixnet.counters("nym-directory")).toMatchObject({ sent: { data: 2, surbRequests: 1 }, waiting: 99 });
  await alice.message();
  await alice.message();
  // 2 of the first 3 SURBs carry data, and each asking takes one and brings 50.
  expect(mixnet.counters("nym-directory")).toMatchObject({ sent: { data: 101, surbRequests: 3 } });
});

test("messages without SURBs come with the tag, and can be replied to with SURBs that came earlier", async () => {
  const { service, alice } = start(1);
  alice.ask(service.address, "none yet", 0);
  const { senderTag } = await service.request();
  service.reply(senderTag, "lost");
  expect(mixnet.counters("nym-directory").lost.unknownTag).toBe(1);
  alice.ask(service.address, "three", 3);
  alice.ask(service.address, "none", 0);
  await service.request();
  expect((await service.request()).senderTag).toBe(senderTag);
  service.reply(senderTag, "found");
  expect((await alice.message()).text).toBe("found");
});

test("only the sender that is still the same run answers an asking", async () => {
  const { service, alice } = start(1);
  alice.ask(service.address, "?", 1);
  const { senderTag } = await service.request();
  mixnet.stop("alice", "graceful");
  mixnet.start("alice");
  service.reply(senderTag, "!");
  await settled();
  expect(mixnet.counters("alice")).toMatchObject({ received: { surbRequests: 1 }, sent: { freshSurbs: 0 } });
  expect(mixnet.counters("nym-directory").waiting).toBe(1);
});

test("a sender with a new tag for the asker answers under the new one", async () => {
  const { service, alice } = start(1);
  alice.ask(service.address, "?", 1);
  const { senderTag } = await service.request();
  mixnet.stop("alice", "graceful");
  mixnet.start("alice");
  const alice2 = new TestApp(mixnet, "alice");
  alice2.ask(service.address, "again", 2);
  const again = await service.request();
  expect(again.senderTag).not.toBe(senderTag);
  service.reply(senderTag, "to the old tag");
  await settled();
  expect(mixnet.counters("alice").sent.freshSurbs).toBe(3);
  expect(mixnet.counters("nym-directory")).toMatchObject({ waiting: 1, surbs: 12 });
});

describe("key rotation", () => {
  test("kills every SURB, and asks each known tag once for as many", async () => {
    const { service, alice } = start(1);
    const bob = new TestApp(mixnet, "bob");
    alice.ask(service.address, "a", 4);
    bob.ask(service.address, "b", 6);
    await settled();
    expect(mixnet.counters("nym-directory").surbs).toBe(10);
    mixnet.rotateKeys();
    expect(mixnet.counters("nym-directory").surbs).toBe(0);
    await settled();
    expect(mixnet.counters("nym-directory")).toMatchObject({ surbs: 10, sent: { surbRequests: 2 } });
    expect(mixnet.counters("alice").sent.freshSurbs).toBe(2);
  });

  test("is not answered by a sender that is away, until it is back", async () => {
    const { service, alice } = start(1);
    alice.ask(service.address, "a", 4);
    const { senderTag } = await service.request();
    mixnet.stop("alice", "graceful");
    mixnet.rotateKeys();
    await settled();
    service.reply(senderTag, "nothing left to carry it");
    expect(mixnet.counters("nym-directory")).toMatchObject({
      surbs: 0,
      waiting: 1,
      sent: { data: 0, surbRequests: 1 },
    });
    mixnet.start("alice");
    await settled();
    expect(mixnet.counters("nym-directory").waiting).toBe(1);
  });

  test("kills the SURBs of a client that does not run, without asking", async () => {
    const { service, alice } = start(1);
    alice.ask(service.address, "a", 4);
    await settled();
    mixnet.stop("nym-directory", "graceful");
    mixnet.rotateKeys();
    mixnet.start("nym-directory");
    await settled();
    expect(mixnet.counters("nym-directory")).toMatchObject({ surbs: 0, sent: { surbRequests: 0 } });
  });

  test("kills SURBs that are still under way", async () => {
    const { service, alice } = start(1);
    mixnet.stop("nym-directory", "graceful");
    alice.ask(service.address, "a", 4);
    await settled();
    mixnet.rotateKeys();
    mixnet.start("nym-directory");
    const directory = new TestApp(mixnet, "nym-directory");
    expect((await directory.request()).text).toBe("a");
    expect(mixnet.counters("nym-directory").surbs).toBe(0);
  });
});

test("exhaustion throws away the SURBs of one tag or of all; replies then wait", async () => {
  const { service, alice } = start(1);
  const bob = new TestApp(mixnet, "bob");
  alice.ask(service.address, "a", 4);
  const { senderTag } = await service.request();
  bob.ask(service.address, "b", 6);
  await service.request();
  expect(mixnet.exhaust("nym-directory", senderTag)).toBe(4);
  service.reply(senderTag, "!");
  expect(mixnet.counters("nym-directory")).toMatchObject({ surbs: 6, waiting: 1, sent: { data: 0, surbRequests: 0 } });
  expect(mixnet.exhaust("nym-directory")).toBe(6);
  alice.ask(service.address, "more", 2);
  expect((await alice.message()).text).toBe("!");
});
