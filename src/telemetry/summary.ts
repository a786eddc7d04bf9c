/** Logs what the directory did as sums, at a fixed pace and once more at the end. */
import type { Counters } from "./counters.js";
import type { Events } from "./events.js";

export interface SummaryComponents {
  readonly counters: Pick<Counters, "take">;
  readonly events: Pick<Events, "sums">;
}

/** Begins to log the sums every `everyMs` milliseconds. What it returns stops that and logs the last sums. */
export function startSummary({ counters, events }: SummaryComponents, everyMs: number): Disposable {
  const report = (): void => events.sums({ minutes: everyMs / 60_000, ...counters.take() });
  const timer = setInterval(report, everyMs);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      report();
    },
  };
}
