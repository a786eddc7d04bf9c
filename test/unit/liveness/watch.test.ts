/** A watch over a real bridge, with times scaled down: what the Nym client does, and what is made of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { connectBridge } from "../../../src/bridge/socket.js";
import type { BridgeEvent } from "../../../src/bridge/bridge.js";
import { type WatchedBridge, watchBridge, type WatchOptions } from "../../../src/liveness/watch.js";
import { createCounters } from "../../../src/telemetry/counters.js";
import { type NymClientServerOptions, receivedFrame, startNymClientServer } from "../../support/nym-client-server.js";
import { recordEvents } from "../../support/supervised.js";
import { until } from "../../support/until.js";

const OPTIONS: WatchOptions = {
  everyMs: 30,
  addressMs: 50,
  probeMs: 100,
  misses: 3,
  busySeconds: 30,
  packetsPerSecond: 50,
};
const SEND = 0x00;
const SELF_ADDRESS = 0x03;
const SEND_HEAD = 1 + 96 + 8 + 8;

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const thing of cleanup.splice(0).reverse()) await thing[Symbol.asyncDispose]();
});

/** The push of a message without a tag. */
function untagged(message: Uint8Array): Buffer {
  const head = Buffer.alloc(10);
  head[0] = 0x01;
  head.writeBigUInt64BE(BigInt(message.length), 2);
  return Buffer.concat([head, message]);
}

/** For tests of what lives, however slow this machine is. */
const PATIENT = { addressMs: 60_000, probeMs: 60_000 };

/** A Nym client that brings plain messages back at once: all of its mixnet is itself. */
const mirror: NymClientServerOptions = {
  onFrame(frame, socket) {
    if (frame[0] !== SEND) return false;
    socket.send(untagged(frame.subarray(SEND_HEAD)));
    return true;
  },
};

/** One that tells its address and relays nothing. */
const deaf: NymClientServerOptions = { onFrame: (frame) => frame[0] === SEND };

/** One that answers once, so that the bridge opens, and never again. */
function hanging(): NymClientServerOptions {
  let asked = 0;
  return { onFrame: (frame) => frame[0] !== SELF_ADDRESS || ++asked > 1 };
}

async function watch(server: NymClientServerOptions, options: Partial<WatchOptions> = {}) {
  const nymClient = await startNymClientServer(server);
  const counters = createCounters();
  const bridge = connectBridge(
    { counters },
    {
      index: 4,
      url: nymClient.url,
      signal: new AbortController().signal,
      frameMaxBytes: 65_536,
      handshakeMs: 5_000,
      pingMs: 0,
      closeMs: 100,
      reconnectMinMs: 5,
      reconnectMaxMs: 10,
      startAllowanceMs: 5_000,
      askMs: 1_000,
      queue: { items: 1_000, bytes: 1_000_000 },
      outboxBytes: 1_000_000,
    },
  );
  const { events, lines } = recordEvents();
  let held: Promise<void> | undefined;
  let release: () => void = () => undefined;
  const it = {
    /** The reader takes one batch more, and then none until it is released. */
    hold: () => void (held = new Promise((resolve) => (release = resolve))),
    release: () => release(),
    nymClient,
    lines,
    load: { queued: 0, departed: 0 },
    expected: false,
    revivals: 0,
    seen: [] as BridgeEvent[],
    probes: (): Buffer[] => nymClient.frames.filter((frame) => frame[0] === SEND),
    watched: undefined as unknown as WatchedBridge,
  };
  const components = {
    events,
    load: () => it.load,
    isExpected: () => it.expected,
    revive() {
      it.revivals++;
    },
  };
  it.watched = watchBridge(bridge, components, { ...OPTIONS, ...options });
  cleanup.push(nymClient, it.watched);
  void (async () => {
    for await (const batch of it.watched.events()) {
      it.seen.push(...batch);
      await held;
    }
  })();
  await until(() => it.seen.some(({ type }) => type === "opened"));
  it.expected = true;
  return it;
}

const received = (seen: readonly BridgeEvent[]): string[] =>
  seen.flatMap((event) => (event.type === "received" ? [event.message.toString()] : []));

describe("a watch", () => {
  it("probes a quiet Nym client over and over, and nobody behind it sees the probes", async () => {
    const it = await watch(mirror, PATIENT);
    await until(() => it.probes().length >= 4);
    const bodies = it.probes().map((frame) => frame.toString("hex", SEND_HEAD));
    expect(new Set(bodies).size).toBe(bodies.length);
    for (const body of bodies) expect(body).toHaveLength(64);
    expect(received(it.seen)).toEqual([]);
    expect({ misses: it.watched.misses, revivals: it.revivals, lines: it.lines }).toEqual({
      misses: 0,
      revivals: 0,
      lines: [],
    });
  });

  it("has one lane for all probes, above those of users, and sends them to the client's own address", async () => {
    const it = await watch(mirror, PATIENT);
    await until(() => it.probes().length >= 3);
    const lanes = new Set(it.probes().map((frame) => frame.readBigUInt64BE(97)));
    expect(lanes.size).toBe(1);
    expect(Number([...lanes][0])).toBeGreaterThanOrEqual(2 ** 47);
    expect(Number([...lanes][0])).toBeLessThan(2 ** 53);
    for (const probe of it.probes()) expect(probe.subarray(1, 97)).toEqual(Buffer.alloc(96, 7));
  });

  it("passes on every other message, tagged or not, and takes each for a sign of life", async () => {
    const it = await watch(deaf, PATIENT);
    for (let round = 0; round < 25; round++) {
      it.nymClient.push(receivedFrame(`tagged ${round}`), untagged(Buffer.from(`untagged ${round}`)));
      await sleep(20);
    }
    await until(() => received(it.seen).length === 50);
    expect({ misses: it.watched.misses, revivals: it.revivals }).toEqual({ misses: 0, revivals: 0 });
  });

  it("has a deaf one revived after three checks in a row, and again after three more", async () => {
    const it = await watch(deaf);
    await until(() => it.revivals === 1);
    expect(it.watched.misses).toBe(3);
    expect(it.lines).toEqual([1, 2, 3].map((misses) => `warn nym client is silent {"client":4,"misses":${misses}}`));
    await until(() => it.revivals === 2);
    expect(it.watched.misses).toBe(6);
  });

  it("has one revived that does not even tell its address", async () => {
    const it = await watch(hanging(), { probeMs: 60_000 });
    await until(() => it.revivals === 1);
  });

  it("forgets misses at the first message", async () => {
    const it = await watch(deaf, { misses: 100 });
    await until(() => it.watched.misses >= 2);
    it.nymClient.push(untagged(Buffer.from("x")));
    await until(() => it.watched.misses === 0);
  });

  it("knows a probe that comes back late, too", async () => {
    const it = await watch(deaf, { misses: 100 });
    await until(() => it.watched.misses >= 2);
    const [first] = it.probes();
    it.nymClient.push(untagged(first?.subarray(SEND_HEAD) ?? Buffer.alloc(0)));
    await until(() => it.watched.misses === 0);
    expect(received(it.seen)).toEqual([]);
  });

  it("does not count what a busy one misses, as long as its queue moves", async () => {
    const it = await watch(deaf);
    const work = setInterval(() => (it.load = { queued: 1_600, departed: it.load.departed + 10 }), 5);
    await until(() => it.lines.length >= 5);
    expect([...new Set(it.lines)]).toEqual(['info nym client is silent, and busy {"client":4,"queuedSeconds":32}']);
    expect({ misses: it.watched.misses, revivals: it.revivals }).toEqual({ misses: 0, revivals: 0 });
    clearInterval(work);
    await until(() => it.revivals === 1);
  });

  it("counts one that is not connected, unless it is only starting", async () => {
    const it = await watch(mirror, { everyMs: 50 });
    it.expected = false;
    await it.nymClient[Symbol.asyncDispose]();
    await until(() => it.seen.at(-1)?.type === "closed");
    await sleep(200);
    expect(it.watched.misses).toBe(0);
    it.expected = true;
    await until(() => it.revivals === 1);
  });

  it("counts nothing while its own reader holds everything up", async () => {
    const it = await watch(deaf);
    it.hold();
    it.nymClient.push(receivedFrame("the last that is read"));
    await until(() => received(it.seen).length === 1);
    await sleep(600);
    expect(it.watched.misses).toBe(0);
    it.release();
    await until(() => it.revivals === 1);
  });

  it("can have the connection made anew", async () => {
    const it = await watch(deaf);
    it.watched.reconnect();
    await until(() => it.seen.filter(({ type }) => type === "opened").length === 2);
    expect(it.nymClient.connections).toEqual({ total: 2, most: 1 });
  });
});
