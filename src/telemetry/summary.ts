/** Logs what the directory did as sums, at a fixed pace and once more at the end. */
import type { Counters } from "./counters.js";
import type { Events } from "./events.js";

export interface SummaryComponents {
  readonly counters: Pick<Counters, "take">;
  readonly events: Pick<Events, "sums">;
}

/** Begins to log the sums every `minutes` (may be a fraction). What it returns stops that and logs the last sums. */
export function startSummary({ counters, events }: SummaryComponents, minutes: number): Disposable {
  const report = (): void => events.sums({ minutes, ...counters.take() });
  const timer = setInterval(report, minutes * 60_000);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      report();
    },
  };
}
