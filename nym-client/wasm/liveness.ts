/**
 * Whether the mixnet still carries our messages: whenever nothing has come for a while, one is sent to ourselves.
 * Anything that comes is a sign of life; only silence after several probes in a row is death.
 */
import { randomBytes } from "node:crypto";

/** Times in milliseconds. */
export interface LivenessOptions {
  /** After so much silence a probe is sent. */
  readonly everyMs: number;
  /** How long a sign of life may take after a probe. */
  readonly answerMs: number;
  /** After so many probes in a row without one, the engine is dead. */
  readonly misses: number;
  /** While more than this waits to be sent, a miss does not count: a busy client is not a dead one. */
  readonly busyMs: number;
}

/** What it works with. */
export interface LivenessComponents {
  /** Sends a message to ourselves. */
  readonly probe: (message: Buffer) => Promise<void>;
  /** How long it takes to send what waits, in milliseconds. */
  readonly backlogMs: () => number;
  readonly dead: () => void;
}

const MARK_BYTES = 16;
const NONCE_BYTES = 16;

/** Watches over one engine. */
export class Liveness implements Disposable {
  readonly #options: LivenessOptions;
  /** Begins our own probes, and is known to this process alone. */
  readonly #mark = randomBytes(MARK_BYTES);
  #components: LivenessComponents | undefined;
  #timer: NodeJS.Timeout | undefined;
  #misses = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** Begins to watch. */
  start(components: LivenessComponents): void {
    this.#components = components;
    this.#rest();
  }

  /** Takes note of a message that came out of the mixnet, and says whether it was one of our probes. */
  heard(message: Buffer): boolean {
    this.#misses = 0;
    this.#rest();
    return message.length === MARK_BYTES + NONCE_BYTES && message.subarray(0, MARK_BYTES).equals(this.#mark);
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    this.#components = undefined;
    clearTimeout(this.#timer);
  }

  #rest(): void {
    this.#arm((components) => this.#ask(components), this.#options.everyMs);
  }

  #arm(action: (components: LivenessComponents) => void, ms: number): void {
    const components = this.#components;
    if (components === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => action(components), ms);
  }

  #ask(components: LivenessComponents): void {
    // A probe that cannot be sent is one that does not come back.
    components.probe(Buffer.concat([this.#mark, randomBytes(NONCE_BYTES)])).catch(() => undefined);
    this.#arm(() => this.#missed(components), this.#options.answerMs);
  }

  #missed(components: LivenessComponents): void {
    if (components.backlogMs() <= this.#options.busyMs) this.#misses += 1;
    if (this.#misses >= this.#options.misses) components.dead();
    else this.#ask(components);
  }
}
