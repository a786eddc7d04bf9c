/** A long run of look-ups that shows whether the server's memory grows with what it has answered. */
import { startLoad } from "./load.js";
import { round } from "./measure.js";
import type { Operation } from "./operations.js";
import type { Target } from "./target.js";

const QUARTERS = 4;

/** RSS before the first look-up, after each quarter and at the end. */
export interface SoakResult {
  readonly lookUps: number;
  readonly failed: number;
  readonly rssMiB: readonly number[];
  /** From the end of the first quarter (everything warm) to the end. */
  readonly grownMiB: number;
}

/** Runs `count` look-ups, `inFlight` at a time. */
export async function soak(target: Target, operation: Operation, inFlight: number, count: number): Promise<SoakResult> {
  const rss = async (): Promise<number> => round((await target.stats()).rssMiB);
  const marks = [await rss()];
  const load = startLoad(target.nymClient, operation, { inFlight, limit: count });
  const tally = load.tally();
  for (let quarter = 1; quarter <= QUARTERS; quarter++) {
    await load.completed(Math.floor((count * quarter) / QUARTERS));
    marks.push(await rss());
  }
  await load.finish();
  const [, first = 0] = marks;
  return {
    lookUps: tally.completed,
    failed: tally.failed,
    rssMiB: marks,
    grownMiB: round((marks.at(-1) ?? 0) - first),
  };
}
