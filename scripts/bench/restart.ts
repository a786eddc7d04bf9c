/** How long a directory takes from its start to its first answer, and how much memory it needs then. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { nameOf } from "./data-set.js";
import { round } from "./measure.js";
import { startTarget } from "./target.js";
import { anonymousFrame, named } from "./v2-requests.js";

/** One start. */
export interface RestartCost {
  /** Until the first look-up was answered, in seconds. */
  readonly seconds: number;
  /** When it was, and after it had some seconds to itself. */
  readonly rssMiB: number;
  readonly restedRssMiB: number;
  /** The most so far: opening the keys takes 128 MiB for half a second. */
  readonly peakRssMiB: number;
}

const REST_MS = 4_000;

/** Starts the directory whose data lie in `folder`/directory, asks it for a user, and ends it. */
export async function restartCost(folder: string): Promise<RestartCost> {
  const begun = performance.now();
  const target = await startTarget("directory", folder, []);
  const answered = new Promise<void>((resolve) => target.nymClient.listen(() => resolve()));
  target.nymClient.push(anonymousFrame(1, "lookup", { name: named(nameOf(0)) }));
  await answered;
  const seconds = (performance.now() - begun) / 1_000;
  const { rssMiB } = await target.stats();
  await sleep(REST_MS);
  const rested = await target.stats();
  await target.stop();
  return {
    seconds: round(seconds),
    rssMiB: round(rssMiB),
    restedRssMiB: round(rested.rssMiB),
    peakRssMiB: round(rested.peakRssMiB),
  };
}
