/**
 * Keeps the way to us open: a directory pushes messages only to who was heard from lately and has brought SURBs, so a
 * client that has nothing to say asks for its own name from time to time.
 */
import type { SurbNeed } from "./surbs.js";

export interface KeepAlive {
  /** We want to be reached from now on. */
  start(): void;
  /** A request of ours has left for where we want to be reached. */
  heardFromUs(): void;
  /** Messages of others have come, in so many packets. */
  pushed(packets: number): void;
  stop(): void;
}

/** The directory counts on ten SURBs for each request: after so many packets of pushes it is time for the next one. */
const PACKETS_BETWEEN_REQUESTS = 6;

/** `speak` is called after `interval` milliseconds of silence (0: never), or as soon as pushes have used up our SURBs. */
export function createKeepAlive(interval: number, speak: (need: SurbNeed) => void): KeepAlive {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wanted = false;
  let packetsSince = 0;

  const rearm = (): void => {
    clearTimeout(timer);
    if (wanted && interval > 0) timer = setTimeout(() => speak("answerAndPushes"), interval);
  };

  return {
    start() {
      wanted = true;
      rearm();
    },
    heardFromUs() {
      packetsSince = 0;
      rearm();
    },
    pushed(packets) {
      packetsSince += packets;
      if (!wanted || interval === 0 || packetsSince < PACKETS_BETWEEN_REQUESTS) return;
      packetsSince = 0;
      speak("mailbox");
    },
    stop() {
      wanted = false;
      clearTimeout(timer);
    },
  };
}
