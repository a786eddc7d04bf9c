/** Faults on demand, one by one, and that the same seed makes the same decisions. */
import { afterEach, describe, expect, test } from "vitest";
import {
  createLoopbackMixnet,
  type LoopbackMixnet,
  type LoopbackOptions,
} from "../../../../nym-client/loopback/mixnet.js";
import { createRandom } from "../../../../nym-client/loopback/random.js";
import { settled, TestApp } from "../../../support/loopback-apps.js";

let mixnet: LoopbackMixnet;
afterEach(() => mixnet.close());

function start(options: LoopbackOptions): { readonly service: TestApp; readonly alice: TestApp } {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, ...options });
  return { service: new TestApp(mixnet, "nym-directory"), alice: new TestApp(mixnet, "alice") };
}

const hundred = Array.from({ length: 100 }, (_, index) => `message ${index}`);

/** Sends a hundred messages and returns the `count` that arrive. */
async function sendHundred({ service, alice }: ReturnType<typeof start>, count: number): Promise<string[]> {
  for (const text of hundred) alice.send(service.address, text);
  const messages = await Promise.all(Array.from({ length: count }, () => service.message()));
  await settled();
  expect(service.texts()).toEqual([]);
  return messages.map(({ text }) => text);
}

test("without faults everything arrives in order", async () => {
  expect(await sendHundred(start({}), 100)).toEqual(hundred);
});

test("loss takes messages, and nobody is told", async () => {
  const apps = start({ faults: { loss: 1 } });
  expect(await sendHundred(apps, 0)).toEqual([]);
  expect(mixnet.counters("alice")).toMatchObject({ sent: { data: 100 }, lost: { fault: 100 } });
  mixnet.faults({ loss: 0 });
  expect(await sendHundred(apps, 100)).toEqual(hundred);
});

test("loss takes some messages by chance", async () => {
  const { service, alice } = start({ faults: { loss: 0.3 } });
  for (const text of hundred) alice.send(service.address, text);
  await settled();
  const { fault } = mixnet.counters("alice").lost;
  expect(service.texts()).toHaveLength(100 - fault);
  expect(fault).toBeGreaterThan(15);
  expect(fault).toBeLessThan(45);
});

test("faults of one client do not touch the others", async () => {
  const { service, alice } = start({});
  expect(mixnet.faults({ loss: 1 }, "nym-directory")).toMatchObject({ loss: 1, delayMs: 0 });
  mixnet.faults({ reorderMs: 7 });
  expect(mixnet.faults({}, "nym-directory")).toMatchObject({ loss: 1, reorderMs: 7 });
  alice.ask(service.address, "arrives", 2);
  service.reply((await service.request()).senderTag, "does not");
  await settled();
  expect(alice.texts()).toEqual([]);
});

test.each([{ loss: 1.1 }, { delayMs: -1 }, { duplicate: NaN }, { unknown: 1 } as never])(
  "%j is no fault",
  (changes) => {
    start({});
    expect(() => mixnet.faults(changes)).toThrow();
    expect(() => createLoopbackMixnet({ faults: changes })).toThrow();
  },
);

test.each([
  { packetsPerSecond: 0 },
  { services: 1.5 },
  { reserve: -1 },
  { starvationMs: 0 },
  { restartMs: NaN },
  { latePushMs: -1 },
])("%j is no setting", (options) => {
  start({});
  expect(() => createLoopbackMixnet(options)).toThrow(Object.keys(options)[0] ?? "");
});

describe("packet loss", () => {
  test("is made good by sending again", async () => {
    const apps = start({ retransmitMs: 1, faults: { packetLoss: 0.3 } });
    const arrived = await sendHundred(apps, 100);
    expect([...arrived].sort()).toEqual([...hundred].sort());
    const { sent, received } = mixnet.counters("alice");
    expect(sent.data).toBe(100);
    expect(sent.retransmissions).toBeGreaterThan(50);
    expect(received.acks).toBeLessThanOrEqual(sent.data + sent.retransmissions);
    // Where only the ack was lost, the packet comes twice and the message once.
    expect(mixnet.counters("nym-directory").received.retransmissions).toBeGreaterThan(0);
  });

  test("of a large message delays it until its last packet has come", async () => {
    const { service, alice } = start({ retransmitMs: 1, faults: { packetLoss: 0.5 } });
    const message = Buffer.alloc(1604 * 50, "large");
    alice.send(service.address, message);
    expect((await service.message()).text).toBe(message.toString());
  });

  test("of a reply costs another SURB each time", async () => {
    const { service, alice } = start({ retransmitMs: 20, reserve: 0 });
    alice.ask(service.address, "?", 40);
    const { senderTag } = await service.request();
    mixnet.faults({ packetLoss: 1 }, "nym-directory");
    service.reply(senderTag, Buffer.alloc(1601 + 1604, "a"));
    while (mixnet.counters("nym-directory").sent.retransmissions < 4) await settled();
    mixnet.faults({ packetLoss: 0 }, "nym-directory");
    await alice.message();
    const { sent, surbs } = mixnet.counters("nym-directory");
    expect(surbs).toBe(40 - 2 - sent.retransmissions);
  });

  test("of a reply is given up after some times", async () => {
    const { service, alice } = start({ retransmitMs: 1, reserve: 0, replyRetransmissions: 3 });
    alice.ask(service.address, "?", 10);
    const { senderTag } = await service.request();
    mixnet.faults({ packetLoss: 1 }, "nym-directory");
    service.reply(senderTag, Buffer.alloc(1601 + 1604));
    while (mixnet.counters("nym-directory").lost.gaveUp === 0) await settled();
    expect(mixnet.counters("nym-directory")).toMatchObject({ sent: { data: 2 }, lost: { gaveUp: 1 } });
  });

  test("of a reply without another SURB waits for one, and asks", async () => {
    const { service, alice } = start({ retransmitMs: 1, reserve: 1 });
    alice.ask(service.address, "?", 2);
    const { senderTag } = await service.request();
    mixnet.faults({ packetLoss: 1 }, "nym-directory");
    service.reply(senderTag, "!");
    while (mixnet.counters("nym-directory").waiting === 0) await settled();
    mixnet.faults({ packetLoss: 0 }, "nym-directory");
    alice.ask(service.address, "more", 3);
    expect((await alice.message()).text).toBe("!");
  });

  test("is not made good by a client that has been restarted", async () => {
    const { service, alice } = start({ retransmitMs: 1, restartMs: 0, faults: { packetLoss: 1 } });
    alice.send(service.address, "gone");
    await mixnet.restart("alice", "graceful");
    mixnet.faults({ packetLoss: 0 });
    const again = new TestApp(mixnet, "alice");
    again.send(service.address, "arrives");
    expect((await service.message()).text).toBe("arrives");
    expect(mixnet.counters("alice").sent.retransmissions).toBe(0);
    while (mixnet.counters("alice").lost.dropped === 0) await settled();
  });
});

describe("duplication", () => {
  test("delivers messages twice", async () => {
    const apps = start({ faults: { duplicate: 1 } });
    expect(await sendHundred(apps, 200)).toEqual(hundred.flatMap((text) => [text, text]));
    expect(mixnet.counters("alice").sent.data).toBe(100);
  });

  test("does not double SURBs, and also hits replies", async () => {
    const { service, alice } = start({ faults: { duplicate: 1 } });
    alice.ask(service.address, "?", 3);
    const [first, second] = [await service.request(), await service.request()];
    expect(second).toEqual(first);
    expect(mixnet.counters("nym-directory").surbs).toBe(3);
    service.reply(first.senderTag, "!");
    expect([await alice.message(), await alice.message()].map(({ text }) => text)).toEqual(["!", "!"]);
  });
});

describe("reordering", () => {
  test("lets messages be overtaken by the next", async () => {
    const apps = start({ faults: { reorder: 0.3, reorderMs: 10 } });
    const arrived = await sendHundred(apps, 100);
    expect(arrived).not.toEqual(hundred);
    expect([...arrived].sort()).toEqual([...hundred].sort());
  });

  test("holds a message back only for a time, if none follows", async () => {
    const { service, alice } = start({ faults: { reorder: 1, reorderMs: 200 } });
    alice.send(service.address, "the only one");
    await settled();
    expect(service.arrivals.take()).toEqual([]);
    expect((await service.message()).text).toBe("the only one");
  });
});

describe("delay", () => {
  test("is spent on the way, and keeps the order", async () => {
    const apps = start({ faults: { delayMs: 200 } });
    apps.alice.send(apps.service.address, "slow");
    await settled();
    expect(apps.service.arrivals.take()).toEqual([]);
    expect((await apps.service.message()).text).toBe("slow");
    mixnet.faults({ delayMs: 5 });
    expect(await sendHundred(apps, 100)).toEqual(hundred);
  });

  test("with jitter lets messages overtake each other", async () => {
    const arrived = await sendHundred(start({ faults: { delayMs: 10, jitterMs: 10 } }), 100);
    expect(arrived).not.toEqual(hundred);
    expect([...arrived].sort()).toEqual([...hundred].sort());
  });
});

test("a crash is a killed restart after a given time", async () => {
  const { service, alice } = start({});
  alice.ask(service.address, "?", 5);
  await settled();
  const restarted = mixnet.restart("nym-directory", "killed", 10);
  alice.send(service.address, "kept by the gateway");
  await restarted;
  expect(mixnet.counters("nym-directory").surbs).toBe(0);
  expect((await new TestApp(mixnet, "nym-directory").message()).text).toBe("kept by the gateway");
});

describe("the seed", () => {
  /** What arrives, and under which tag, with every fault that needs no timer; another client joins in at some time. */
  async function run(seed: string, noiseAt: number): Promise<{ readonly tag: string; readonly texts: string[] }> {
    const { service, alice } = start({ seed, faults: { loss: 0.2, duplicate: 0.2, reorder: 0.2 } });
    const noise = new TestApp(mixnet, "noise");
    alice.ask(service.address, "tag", 0);
    for (const [index, text] of hundred.entries()) {
      if (index === noiseAt) noise.send(noise.address, "noise");
      alice.send(service.address, text);
    }
    await settled();
    const tag = service.arrivals.take().map((response) => (response.type === "received" ? response : undefined));
    const first = tag.find((response) => response?.senderTag !== undefined);
    const texts = tag.map((response) => response?.message.toString() ?? "");
    await mixnet.close();
    return { tag: first?.senderTag ?? "", texts };
  }

  test("makes the same decisions again, whatever other clients do", async () => {
    expect(await run("some seed", 3)).toEqual(await run("some seed", 80));
  });

  test("makes others if it is another", async () => {
    const [one, another] = [await run("one", 3), await run("another", 3)];
    expect(one.texts).not.toEqual(another.texts);
    expect(one.tag).not.toBe(another.tag);
  });

  test("keeps its parts apart, and spreads evenly", () => {
    expect(createRandom("ab", "c").next()).not.toBe(createRandom("a", "bc").next());
    const random = createRandom("even");
    const buckets = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw += 1) {
      const bucket = Math.floor(random.next() * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(Math.min(...buckets)).toBeGreaterThan(900);
    expect(Math.max(...buckets)).toBeLessThan(1100);
  });
});
