/**
 * A transport over `@nymproject/sdk`, or what stands in for it. The SDK drops sender tags and cannot reply, which a user
 * need not, and does not tell when its connection is gone: a message to our own address, which has to come back, does.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import type { NymAddress } from "../protocol/nym-client/address.js";
import { anonymousPackets } from "../protocol/packets.js";
import type { SdkStart } from "./mixnet-sdk.js";
import { createPacketClock, type PacketClock } from "./packet-clock.js";
import { openSession, type Session, type SessionComponents } from "./sdk-session.js";
import { sleep } from "./sleep.js";
import { NotConnectedError, type Transport, type TransportListener } from "./transport.js";

/** How patient to be; times in milliseconds. */
export interface SdkTiming {
  /** How long the SDK may take to load, to find a gateway and to connect. Default 60 s. */
  readonly startTimeout?: number;
  /** After so long without a message we send one to ourselves. Default 30 s. */
  readonly quiet?: number;
  /** How long it may take to come back, besides what waits to be sent before it. Default 20 s. */
  readonly probeTimeout?: number;
  /** After so many in a row that did not come back, the connection counts as lost. Default 3. */
  readonly probes?: number;
  /** Shortest and longest pause before connecting again. Default 2 to 10 s. */
  readonly reconnect?: readonly [number, number];
}

/** Packets that a WebAssembly client sends in a second, as measured on a real network. */
const PACKETS_PER_SECOND = 44;
const PROBE_SURBS = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A transport that is not connected yet. */
export function createSdkTransport(components: SessionComponents, start: SdkStart, timing: SdkTiming = {}): Transport {
  return new SdkTransport(components, start, timing);
}

class SdkTransport implements Transport {
  readonly #components: SessionComponents;
  readonly #start: SdkStart;
  readonly #timing: Required<SdkTiming>;
  readonly #closing = new AbortController();
  readonly #packets: PacketClock = createPacketClock(Date.now, PACKETS_PER_SECOND);
  /** What our messages to ourselves begin with; nobody else knows it. */
  readonly #mark = bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
  #listener: TransportListener | undefined;
  #session: Session | undefined;
  #heard: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(components: SessionComponents, start: SdkStart, timing: SdkTiming) {
    this.#components = components;
    this.#start = start;
    this.#timing = {
      startTimeout: 60_000,
      quiet: 30_000,
      probeTimeout: 20_000,
      probes: 3,
      reconnect: [2_000, 10_000],
      ...timing,
    };
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  get backlog(): number {
    return this.#packets.waiting;
  }

  async start(listener: TransportListener): Promise<NymAddress> {
    this.#listener = listener;
    try {
      const session = await this.#connect();
      this.#running = this.#stayConnected(session);
      return session.address;
    } catch (error) {
      const closed = this.#closing.signal.aborted;
      await this.close();
      throw closed ? new NotConnectedError("the transport was closed") : error;
    }
  }

  send(recipient: NymAddress, message: Uint8Array, surbs: number): void {
    if (this.#session === undefined) throw new NotConnectedError("the Nym client is not connected");
    this.#packets.add(anonymousPackets(message.length, surbs));
    this.#session.send(recipient, message, surbs);
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    this.#closing.abort();
    await this.#drop();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #connect(): Promise<Session> {
    const options = { start: this.#start, timeout: this.#timing.startTimeout };
    const early: Uint8Array[] = [];
    let take = (message: Uint8Array): unknown => early.push(message);
    const session = await openSession(this.#components, options, (message) => take(message), this.#closing.signal);
    if (this.#closing.signal.aborted) await session.end();
    this.#closing.signal.throwIfAborted();
    this.#session = session;
    this.#packets.reset();
    this.#listener?.connected(session.address);
    take = (message) => this.#take(session, message);
    for (const message of early) take(message);
    return session;
  }

  #take(session: Session, message: Uint8Array): void {
    if (this.#session !== session) return;
    this.#heard();
    if (message.length !== this.#mark.length || decoder.decode(message) !== this.#mark)
      this.#listener?.message(message);
  }

  async #stayConnected(first: Session): Promise<void> {
    const { signal } = this.#closing;
    const [shortest, longest] = this.#timing.reconnect;
    let session: Session | undefined = first;
    while (!isAborted(signal)) {
      if (session !== undefined) await this.#untilLost(session);
      await this.#drop();
      await sleep(shortest + Math.random() * (longest - shortest), signal).catch(() => undefined);
      session = isAborted(signal) ? undefined : await this.#connect().catch(() => undefined);
    }
  }

  /** Resolves when too many messages to ourselves have not come back, or the transport is closed. */
  async #untilLost({ address }: Session): Promise<void> {
    const { quiet, probeTimeout, probes } = this.#timing;
    for (let missed = 0; missed < probes;) {
      if (await this.#hearing(missed === 0 ? quiet : 0)) {
        missed = 0;
        continue;
      }
      if (this.#closing.signal.aborted) return;
      this.send(address, encoder.encode(this.#mark), PROBE_SURBS);
      const queued = (this.#packets.waiting * 1_000) / PACKETS_PER_SECOND;
      missed = (await this.#hearing(probeTimeout + queued)) ? 0 : missed + 1;
    }
  }

  /** Does anything arrive within `ms` milliseconds? */
  async #hearing(ms: number): Promise<boolean> {
    const heard = new AbortController();
    this.#heard = () => heard.abort();
    await sleep(ms, AbortSignal.any([heard.signal, this.#closing.signal])).catch(() => undefined);
    return heard.signal.aborted;
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    this.#listener?.disconnected();
    await session.end();
  }
}

/** Asked anew each time: the compiler takes a signal that was not aborted for one that never is. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
