/** Logs what the directory did as sums, at a fixed pace and once more at the end. */
import type { Counters } from "./counters.js";
import type { Events } from "./events.js";

export interface SummaryComponents {
  readonly counters: Pick<Counters, "take">;
  readonly events: Pick<Events, "sums">;
}

const MINUTE_MS = 60_000;

/** Begins to log the sums every `everyMs` milliseconds. What it returns stops that and logs the last sums. */
export function startSummary({ counters, events }: SummaryComponents, everyMs: number): Disposable {
  let since = performance.now();
  const report = (): void => {
    const now = performance.now();
    events.sums({ minutes: Math.max(1, Math.round((now - since) / MINUTE_MS)), ...counters.take() });
    since = now;
  };
  const timer = setInterval(report, everyMs);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      report();
    },
  };
}
