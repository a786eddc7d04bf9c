/**
 * The bridge to one Nym client: one long-lived WebSocket that comes back whenever it is lost, until the bridge is
 * closed. There is never more than one at a time, since a Nym client serves one; a failed handshake can kill a
 * nym-client, so none is made for a probe and none is given up early.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { NymAddress } from "../protocol/nym-client/address.js";
import type { ClientRequest, ClientResponse } from "../protocol/nym-client/frames.js";
import type { Counters } from "../telemetry/counters.js";
import { BridgeClosedError, BridgeFullError, type Bridge, type BridgeEvent } from "./bridge.js";
import { type Connection, type ConnectionOptions, connect } from "./connection.js";
import { EventQueue, type QueueBounds } from "./event-queue.js";

/** How to reach one Nym client, and with how much patience; times in milliseconds. */
export interface BridgeOptions extends ConnectionOptions {
  /** Position in the pool, from 0. */
  readonly index: number;
  /** `ws://host:port` */
  readonly url: string;
  /** Ends the bridge for good. */
  readonly signal: AbortSignal;
  /** The pause before each further attempt is somewhere between these two. */
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** How long a Nym client that accepted the connection may take to answer SelfAddress, and how often it is asked. */
  readonly startAllowanceMs: number;
  readonly askMs: number;
  /** How much may wait for the reader before the socket is paused. */
  readonly queue: QueueBounds;
  /** How many bytes may wait for a Nym client that does not read; passed by one request, at most. */
  readonly outboxBytes: number;
  /**
   * Whether the SURB store of the Nym client outlived the loss of the connection, by who knows how its process ended.
   * Without it, or when it is `undefined`: unless its port refused us in between, which means that the process was gone.
   */
  readonly survived?: () => boolean | undefined;
  /** Told of each attempt that failed, with the system's code, and how many have failed in a row. */
  readonly onFailedAttempt?: (code: string, inARow: number) => void;
}

/** What the bridge is made of, besides settings. */
export interface BridgeComponents {
  readonly counters: Pick<Counters, "add">;
}

/** Connects to a Nym client and keeps connecting. Returns at once; `events()` tells the rest. */
export function connectBridge({ counters }: BridgeComponents, options: BridgeOptions): Bridge {
  const bridge = new SocketBridge(counters, options);
  bridge.start();
  return bridge;
}

/** Losses that follow each other faster than this are a Nym client's that drops us again and again: those are paused for. */
const AT_ONCE_EVERY_MS = 50;

/** What came in before SelfAddress was answered, so before anybody can tell whose it is. */
interface Held {
  readonly responses: { readonly response: ClientResponse; readonly bytes: number }[];
  bytes: number;
}

class SocketBridge implements Bridge {
  readonly index: number;
  readonly #options: BridgeOptions;
  readonly #counters: Pick<Counters, "add">;
  readonly #queue: EventQueue<BridgeEvent>;
  readonly #closing = new AbortController();
  #connection: Connection | undefined;
  #stopAsking: (() => void) | undefined;
  /** SelfAddress was answered on this connection; on any. */
  #ready = false;
  #wasReady = false;
  /** The port refused us since the last connection. */
  #refused = false;
  #paused = false;
  #intakeEnded = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(counters: Pick<Counters, "add">, options: BridgeOptions) {
    this.index = options.index;
    this.#counters = counters;
    this.#options = options;
    this.#queue = new EventQueue(options.queue, () => this.#resume());
  }

  start(): void {
    const { signal } = this.#options;
    if (signal.aborted) this.#close();
    else signal.addEventListener("abort", this.#close);
    this.#ended = this.#run();
  }

  events(): AsyncIterable<readonly BridgeEvent[]> {
    return this.#queue.batches();
  }

  get full(): boolean {
    return this.#ready && (this.#connection?.unsentBytes ?? 0) >= this.#options.outboxBytes;
  }

  send(request: ClientRequest, flushed?: (error: Error | undefined) => void): void {
    if (!this.#ready || this.#connection === undefined) throw new BridgeClosedError();
    if (this.full) throw new BridgeFullError();
    this.#connection.send(request, flushed);
  }

  endIntake(): void {
    this.#intakeEnded = true;
  }

  reconnect(): void {
    if (this.#ready) this.#connection?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.#ended;
  }

  readonly #close = (): void => {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#connection?.close();
  };

  async #run(): Promise<void> {
    const { signal, reconnectMinMs, reconnectMaxMs, onFailedAttempt } = this.#options;
    let atOnce = -Infinity;
    for (let failures = 0; ;) {
      const failure = await this.#connectOnce();
      if (this.#closing.signal.aborted) break;
      if (failure === undefined) failures = 0;
      else onFailedAttempt?.(failure, ++failures);
      if (failure === "ECONNREFUSED") this.#refused = true;
      // After a loss the first attempt comes at once: a process that died, and is soon back, must be seen to be gone.
      if (failure === undefined && performance.now() - atOnce > AT_ONCE_EVERY_MS) {
        atOnce = performance.now();
        continue;
      }
      const pause = reconnectMinMs + Math.random() * (reconnectMaxMs - reconnectMinMs);
      await sleep(pause, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
    signal.removeEventListener("abort", this.#close);
    this.#queue.end();
  }

  /** One connection, from its handshake to its end. Returns why it never became ready, if it did not. */
  async #connectOnce(): Promise<string | undefined> {
    if (this.#closing.signal.aborted) return undefined;
    const held: Held = { responses: [], bytes: 0 };
    const connection = connect(this.#options.url, this.#options, {
      response: (response, bytes) => this.#receive(response, bytes, held),
      undecodable: () => this.#counters.add("nymClient.errors"),
    });
    this.#connection = connection;
    this.#paused = false;
    try {
      await connection.opened;
      this.#askForAddress(connection);
    } catch (error) {
      return codeOf(error);
    } finally {
      await connection.closed;
      this.#stopAsking?.();
      this.#connection = undefined;
    }
    if (!this.#ready) return "NO_ANSWER";
    this.#ready = false;
    this.#queue.push({ type: "closed" }, 0);
    return undefined;
  }

  #askForAddress(connection: Connection): void {
    const ask = (): void => {
      if (connection.isOpen) connection.send({ type: "selfAddress" });
    };
    const asking = setInterval(ask, this.#options.askMs);
    const allowance = setTimeout(() => connection.close(), this.#options.startAllowanceMs);
    this.#stopAsking = () => {
      clearInterval(asking);
      clearTimeout(allowance);
    };
    ask();
  }

  #receive(response: ClientResponse, bytes: number, held: Held): void {
    if (this.#ready) {
      this.#push(response, bytes);
    } else if (response.type === "selfAddress") {
      this.#becomeReady(response.address, held);
    } else if (held.responses.length < this.#options.queue.items && held.bytes < this.#options.queue.bytes) {
      held.responses.push({ response, bytes });
      held.bytes += bytes;
    } else {
      // The answer stands behind this in the stream: not reading on would wait for ever.
      this.#counters.add("dropped.overload");
    }
  }

  #becomeReady(address: NymAddress, held: Held): void {
    this.#stopAsking?.();
    const survived = this.#options.survived?.() ?? !this.#refused;
    this.#queue.push({ type: "opened", address, surbsLost: this.#wasReady && !survived }, 0);
    this.#ready = true;
    this.#wasReady = true;
    this.#refused = false;
    for (const { response, bytes } of held.responses) this.#push(response, bytes);
  }

  #push(response: ClientResponse, bytes: number): void {
    if (this.#intakeEnded && response.type === "received") {
      // Without a sender tag it is no request: most likely a probe of ours, on its way back.
      if (response.senderTag !== undefined) this.#counters.add("dropped.stopping");
      return;
    }
    this.#queue.push(response, bytes);
    if (this.#paused || !this.#queue.full) return;
    this.#paused = true;
    this.#connection?.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection?.resume();
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "HANDSHAKE";
}
