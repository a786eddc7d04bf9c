/** A bridge under test: with short times, and a reader that takes events one by one. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach } from "vitest";
import type { Bridge, BridgeEvent } from "../../src/bridge/bridge.js";
import { type BridgeOptions, connectBridge } from "../../src/bridge/socket.js";
import { createCounters, type Counters } from "../../src/telemetry/counters.js";
import { type NymClientServer, type NymClientServerOptions, startNymClientServer } from "./nym-client-server.js";
import { type RawServer, startRawServer } from "./raw-websocket.js";

/** A bridge, what it is told with, and what it tells. */
export interface Harness {
  readonly bridge: Bridge;
  readonly counters: Counters;
  readonly abort: AbortController;
  readonly failures: string[];
  /** The batches as they were handed out. */
  readonly batches: (readonly BridgeEvent[])[];
  /** `undefined` at the end. */
  readonly next: () => Promise<BridgeEvent | undefined>;
  /** Takes events until one is of this type, and returns it. */
  readonly until: <Type extends BridgeEvent["type"]>(type: Type) => Promise<Extract<BridgeEvent, { type: Type }>>;
  /** Takes one batch. */
  readonly nextBatch: () => Promise<readonly BridgeEvent[]>;
}

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const thing of cleanup.splice(0).reverse()) await thing[Symbol.asyncDispose]();
});

/** A Nym client's port that closes after the test. */
export async function serve(options: NymClientServerOptions = {}): Promise<NymClientServer> {
  const server = await startNymClientServer(options);
  cleanup.push(server);
  return server;
}

/** A port played by hand that closes after the test. */
export async function serveRaw(onConnection: (socket: Socket) => void): Promise<RawServer> {
  const server = await startRawServer(onConnection);
  cleanup.push(server);
  return server;
}

/** A bridge that closes after the test. */
export function harness(url: string, options: Partial<BridgeOptions> = {}): Harness {
  const abort = new AbortController();
  const counters = createCounters();
  const failures: string[] = [];
  const bridge = connectBridge(
    { counters },
    {
      index: 0,
      url,
      signal: abort.signal,
      frameMaxBytes: 65_536,
      handshakeMs: 5_000,
      pingMs: 0,
      closeMs: 500,
      reconnectMinMs: 10,
      reconnectMaxMs: 25,
      startAllowanceMs: 5_000,
      askMs: 1_000,
      queue: { items: 10_000, bytes: 1_000_000 },
      outboxBytes: 64_000_000,
      onFailedAttempt: (code) => failures.push(code),
      ...options,
    },
  );
  cleanup.push(bridge);
  const batches: (readonly BridgeEvent[])[] = [];
  const reader = bridge.events()[Symbol.asyncIterator]();
  const waiting: BridgeEvent[] = [];
  const nextBatch = async (): Promise<readonly BridgeEvent[]> => {
    const result = await reader.next();
    if (result.done === true) return [];
    batches.push(result.value);
    return result.value;
  };
  const next = async (): Promise<BridgeEvent | undefined> => {
    if (waiting.length === 0) waiting.push(...(await nextBatch()));
    return waiting.shift();
  };
  return {
    bridge,
    counters,
    abort,
    failures,
    batches,
    next,
    nextBatch,
    async until(type) {
      for (;;) {
        const event = await next();
        if (event === undefined) throw new Error(`ended before ${type}`);
        if (event.type === type) return event as never;
      }
    },
  };
}

/** Resolves when the condition holds; the test's own time-out is the bound. */
export async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

/** The text of a message, or what came instead. */
export function textOf(event: BridgeEvent | undefined): string {
  return event?.type === "received" ? event.message.toString() : `(${event?.type ?? "end"})`;
}
