/**
 * A transport over anything that speaks the nym-client API: one long-lived connection, one lane, SelfAddress as the sign
 * that it serves. It connects again 200 to 500 ms after a loss, for ever: for a moment after a connection ended a Nym
 * client refuses the next one, and what arrived meanwhile is pushed at once when it is there.
 */
import type { NymAddress } from "../protocol/nym-client/address.js";
import type { ClientRequest, ClientResponse } from "../protocol/nym-client/frames.js";
import { sleep } from "./sleep.js";
import { NotConnectedError, type Transport, type TransportListener } from "./transport.js";

/** What a connection tells; `closed` comes once and last, also when it never opened. */
export interface ConnectionHandlers {
  opened(): void;
  response(response: ClientResponse): void;
  /** `reason`: why it ended, for people, if there is more to say than that. */
  closed(reason?: string): void;
}

/** A connection to a Nym client. */
export interface Connection {
  /** Hands a request over; one that finds the connection gone is lost. */
  send(request: ClientRequest): void;
  /** Ends it, when it is safe to; `closed` follows. */
  close(): void;
}

/** Begins a connection: the handlers are attached before anything can arrive, and called later, never from within. */
export type Dial = (handlers: ConnectionHandlers) => Connection;

/** How patient to be, in milliseconds. */
export interface ConnectionTiming {
  /** How long `start` tries. Default 10 s; a native client needs up to two minutes after its own start. */
  readonly startTimeout?: number;
  /** How long an open connection may take to tell the address. Default 5 s. */
  readonly answerTimeout?: number;
  /** Shortest and longest pause before connecting again. Default 200 to 500. */
  readonly reconnect?: readonly [number, number];
}

/** How often to ask again for the length of a lane that is not empty, in milliseconds. */
const BACKLOG_INTERVAL = 250;

/** A transport that is not connected yet. `where` names the Nym client for people. */
export function createNymClientTransport(dial: Dial, where: string, timing: ConnectionTiming = {}): Transport {
  return new NymClientTransport(dial, where, timing);
}

class NymClientTransport implements Transport {
  readonly #dial: Dial;
  readonly #where: string;
  readonly #timing: Required<ConnectionTiming>;
  readonly #lane = 1 + Math.floor(Math.random() * (Number.MAX_SAFE_INTEGER - 1));
  readonly #closing = new AbortController();
  #listener: TransportListener | undefined;
  #connection: Connection | undefined;
  #connected = false;
  #backlog = 0;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();
  #lastReason = "it does not answer";

  constructor(dial: Dial, where: string, timing: ConnectionTiming) {
    this.#dial = dial;
    this.#where = where;
    this.#timing = { startTimeout: 10_000, answerTimeout: 5_000, reconnect: [200, 500], ...timing };
  }

  get connected(): boolean {
    return this.#connected;
  }

  get backlog(): number {
    return this.#backlog;
  }

  async start(listener: TransportListener): Promise<NymAddress> {
    const giveUp = new AbortController();
    const first = new Promise<NymAddress>((resolve) => {
      this.#listener = {
        message: (message) => listener.message(message),
        disconnected: () => listener.disconnected(),
        connected(address) {
          resolve(address);
          listener.connected(address);
        },
      };
    });
    this.#running = this.#keepConnected();
    const tooLate = sleep(this.#timing.startTimeout, AbortSignal.any([giveUp.signal, this.#closing.signal]));
    const outcome = await Promise.race([first, tooLate.catch(() => undefined)]);
    giveUp.abort();
    if (outcome !== undefined) return outcome;
    await this.close();
    throw new NotConnectedError(`no Nym client at ${this.#where}: ${this.#lastReason}`);
  }

  send(recipient: NymAddress, message: Uint8Array, surbs: number): void {
    if (!this.#connected) throw new NotConnectedError("the Nym client is not connected");
    this.#connection?.send({ type: "sendAnonymous", recipient, message, replySurbs: surbs, lane: this.#lane });
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    this.#closing.abort();
    this.#connection?.close();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#closing;
    const [shortest, longest] = this.#timing.reconnect;
    while (!signal.aborted) {
      await this.#connectOnce();
      await sleep(shortest + Math.random() * (longest - shortest), signal).catch(() => undefined);
    }
  }

  /** One connection, from its beginning to its end. */
  async #connectOnce(): Promise<void> {
    let unanswered: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      const connection = this.#dial({
        opened: () => {
          unanswered = setTimeout(() => connection.close(), this.#timing.answerTimeout);
          connection.send({ type: "selfAddress" });
        },
        response: (response) => {
          if (response.type === "selfAddress") clearTimeout(unanswered);
          this.#take(response);
        },
        closed: (reason) => {
          this.#lastReason = reason ?? this.#lastReason;
          resolve();
        },
      });
      this.#connection = connection;
    });
    clearTimeout(unanswered);
    this.#lost();
  }

  #take(response: ClientResponse): void {
    switch (response.type) {
      case "received":
        this.#listener?.message(response.message);
        return;
      case "selfAddress":
        if (this.#connected) return;
        this.#connected = true;
        this.#listener?.connected(response.address);
        return;
      case "laneQueueLength":
        this.#backlog = response.length;
        if (response.length > 0) this.#poll ??= setTimeout(() => this.#askBacklog(), BACKLOG_INTERVAL);
        return;
      case "error": // about a request of ours that it could not read; whoever waits for an answer times out
        return;
    }
  }

  #askBacklog(): void {
    this.#poll = undefined;
    this.#connection?.send({ type: "laneQueueLength", lane: this.#lane });
  }

  #lost(): void {
    this.#connection = undefined;
    this.#backlog = 0;
    clearTimeout(this.#poll);
    this.#poll = undefined;
    if (!this.#connected) return;
    this.#connected = false;
    this.#listener?.disconnected();
  }
}
