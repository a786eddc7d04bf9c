/** The longest pauses of the event loop of the calling thread, and how much of them it waited for a core that others had. */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { round } from "./measure.js";

/** Longest pauses, in milliseconds. */
export interface Pauses {
  /** By the clock. */
  readonly pauseMs: number;
  /** Less what the thread was ready to run and was not let; the same where the system does not tell. */
  readonly ownPauseMs: number;
}

const EVERY_MS = 1;
const NANOSECONDS_PER_MS = 1e6;

/** Watches from now on, until the end is asked for. */
export function watchPauses(): { end(): Pauses } {
  const longest = { pauseMs: 0, ownPauseMs: 0 };
  let last = { at: performance.now(), waited: waitedMs() };
  const look = (): void => {
    const now = { at: performance.now(), waited: waitedMs() };
    const pause = Math.max(0, now.at - last.at - EVERY_MS);
    longest.pauseMs = Math.max(longest.pauseMs, pause);
    longest.ownPauseMs = Math.max(longest.ownPauseMs, pause - (now.waited - last.waited));
    last = now;
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    end() {
      look();
      clearInterval(timer);
      return { pauseMs: round(longest.pauseMs), ownPauseMs: round(longest.ownPauseMs) };
    },
  };
}

/** How long the thread has waited for a core since it began, from Linux's /proc; nought where there is none. */
function waitedMs(): number {
  try {
    const [, waited = "0"] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ");
    return Number(waited) / NANOSECONDS_PER_MS;
  } catch {
    return 0;
  }
}
