/** What messages cost (packets up and down), as counted at a mix node of a real network. */
import { afterEach, expect, test } from "vitest";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../../../nym-client/loopback/mixnet.js";
import { settled, TestApp } from "../../../support/loopback-apps.js";

let mixnet: LoopbackMixnet;
afterEach(() => mixnet.close());

function start(): { readonly service: TestApp; readonly alice: TestApp } {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, reserve: 0 });
  return { service: new TestApp(mixnet, "nym-directory"), alice: new TestApp(mixnet, "alice") };
}

test("a look-up costs one packet up and one down, each acknowledged by one", async () => {
  const { service, alice } = start();
  alice.ask(service.address, "who is bob?", 2);
  service.reply((await service.request()).senderTag, "nobody");
  expect(await alice.message()).toEqual({ senderTag: undefined, text: "nobody" });
  const one = { data: 1, surbRequests: 0, freshSurbs: 0, retransmissions: 0, acks: 1 };
  expect(mixnet.counters("alice")).toMatchObject({ sent: one, received: one });
  expect(mixnet.counters("nym-directory")).toMatchObject({ sent: one, received: one });
});

test.each([
  [0, 1],
  [1602, 1],
  [1603, 2],
  [3206, 2],
  [3207, 3],
  [1_048_576, 654],
])("a plain message of %i bytes is %i packets", async (bytes, packets) => {
  const { service, alice } = start();
  alice.send(service.address, Buffer.alloc(bytes));
  expect((await service.message()).text).toHaveLength(bytes);
  expect(mixnet.counters("alice").sent.data).toBe(packets);
  expect(mixnet.counters("nym-directory").received.data).toBe(packets);
});

test.each([
  [40, 1, 1],
  [40, 3, 1],
  [40, 5, 2],
  [40, 10, 3],
  [40, 15, 5],
  [40, 20, 6],
  [661, 2, 1],
  [662, 2, 2],
  [201, 3, 1],
  [202, 3, 2],
])("an anonymous message of %i bytes with %i SURBs is %i packets", async (bytes, surbs, packets) => {
  const { service, alice } = start();
  alice.ask(service.address, Buffer.alloc(bytes), surbs);
  await service.request();
  expect(mixnet.counters("alice").sent.data).toBe(packets);
  expect(mixnet.counters("nym-directory").surbs).toBe(surbs);
});

test.each([
  [1601, 1],
  [1602, 2],
  [3205, 2],
  [3206, 3],
])("a reply of %i bytes is %i packets, and uses as many SURBs", async (bytes, packets) => {
  const { service, alice } = start();
  alice.ask(service.address, "?", 5);
  service.reply((await service.request()).senderTag, Buffer.alloc(bytes, "a"));
  expect((await alice.message()).text).toHaveLength(bytes);
  expect(mixnet.counters("nym-directory")).toMatchObject({ sent: { data: packets }, surbs: 5 - packets });
});

test("an empty reply costs a packet and a SURB, and is never delivered", async () => {
  const { service, alice } = start();
  alice.ask(service.address, "?", 2);
  service.reply((await service.request()).senderTag, "");
  await settled();
  expect(alice.texts()).toEqual([]);
  expect(mixnet.counters("alice")).toMatchObject({ received: { data: 1 }, lost: { empty: 1 } });
  expect(mixnet.counters("nym-directory").surbs).toBe(1);
});

test("a message to oneself comes back, without a tag", async () => {
  const { alice } = start();
  alice.send(alice.address, "are you there?");
  expect(await alice.message()).toEqual({ senderTag: undefined, text: "are you there?" });
  expect(mixnet.counters("alice")).toMatchObject({ sent: { data: 1 }, received: { data: 1 } });
});

test("an anonymous message to oneself can be replied to", async () => {
  const { alice } = start();
  mixnet.faults({});
  alice.ask(alice.address, "self", 12);
  alice.reply((await alice.request()).senderTag, "answer");
  expect((await alice.message()).text).toBe("answer");
});

test("a message to nobody leaves, and that is all", async () => {
  const { alice } = start();
  alice.send(mixnet.addressOf("nobody"), "hello?");
  await settled();
  expect(mixnet.counters("alice")).toMatchObject({ sent: { data: 1 }, lost: { noRoute: 1 } });
});

test("a message to another network's gateway does not leave", async () => {
  const { alice } = start();
  const elsewhere = createLoopbackMixnet({ identity: "elsewhere" });
  alice.send(elsewhere.addressOf("bob"), "hello?");
  await settled();
  expect(mixnet.counters("alice")).toMatchObject({ sent: { data: 0 }, lost: { noRoute: 1 } });
  await elsewhere.close();
});

test("a message of too many packets is not sent", async () => {
  const { service, alice } = start();
  alice.ask(service.address, "?", 2 ** 32 - 1);
  await settled();
  expect(mixnet.counters("alice")).toMatchObject({ sent: { data: 0 }, lost: { tooLarge: 1 } });
  expect(mixnet.counters("nym-directory").surbs).toBe(0);
});

test("addresses stay the same for an identity and a name, and tell clients apart", async () => {
  const { service, alice } = start();
  const other = createLoopbackMixnet({ seed: "another", services: 3, id: "pool" });
  expect(other.addressOf("alice")).toBe(alice.address);
  expect(other.addressOf("nym-directory")).toBe(service.address);
  expect(other.services.map(({ name }) => name)).toEqual(["pool", "pool-1", "pool-2"]);
  const addresses = [...other.services.map(({ address }) => address), alice.address, service.address];
  expect(new Set(addresses).size).toBe(5);
  await other.close();
});
