/**
 * An estimate of the packets that wait inside the engine, which tells nothing of them: what was handed to it, less what a
 * Nym client sends in the time since.
 */
import type { Clock } from "../../src/util/time.js";

/** A queue that is drained at a constant rate. */
export class Backlog {
  readonly #clock: Clock;
  readonly #packetsPerMs: number;
  #packets = 0;
  #at: number;

  /** `packetsPerSecond` is what the engine sends. */
  constructor(clock: Clock, packetsPerSecond: number) {
    this.#clock = clock;
    this.#packetsPerMs = packetsPerSecond / 1_000;
    this.#at = clock();
  }

  /** Packets were handed over. */
  add(packets: number): void {
    this.#packets = this.#left() + packets;
    this.#at = this.#clock();
  }

  /** How long it takes until all are sent, in milliseconds. */
  get ms(): number {
    return this.#left() / this.#packetsPerMs;
  }

  #left(): number {
    return Math.max(0, this.#packets - (this.#clock() - this.#at) * this.#packetsPerMs);
  }
}
