/** How many packets a Nym client still has to send, reckoned from what it was given: for one that does not tell. */
import type { Clock } from "../util/time.js";

export interface PacketClock {
  /** So many packets were handed over. */
  add(packets: number): void;
  readonly waiting: number;
  /** The client is another one now, with nothing to send. */
  reset(): void;
}

/** Packets leave at `rate` a second. */
export function createPacketClock(now: Clock, rate: number): PacketClock {
  let empty = 0;
  return {
    add(packets) {
      empty = Math.max(empty, now()) + (packets * 1_000) / rate;
    },
    get waiting() {
      return Math.ceil((Math.max(0, empty - now()) * rate) / 1_000);
    },
    reset() {
      empty = 0;
    },
  };
}
