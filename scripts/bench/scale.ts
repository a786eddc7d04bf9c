/** What the directory costs when it holds much: look-ups among many users, a start with many messages, a sweep of many. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Identity } from "../../src/identity/identity.js";
import { encodeRequest } from "../../src/protocol/v2/request-codec.js";
import { userByName } from "../../src/store/rows.js";
import type { UserId } from "../../src/store/identifiers.js";
import { hourAfter, type Hour } from "../../src/util/time.js";
import { newId } from "../v2-user/account.js";
import { nameOf, openDatabase } from "./data-set.js";
import { type PipelineHere, startPipelineHere } from "./here.js";
import { round } from "./measure.js";
import { type Pauses, watchPauses } from "./pauses.js";
import { named } from "./v2-requests.js";

/** Look-ups of one database, in microseconds each: the median of windows, and the quickest of them. */
export interface LookUpCost {
  readonly users: number;
  readonly microseconds: { readonly median: number; readonly least: number };
}

/** The longest that something took while a sweep ran, beside an idle time of the same length. */
export interface SweepCost extends Pauses {
  readonly swept: number;
  readonly seconds: number;
  readonly idle: Pauses;
  /** Longest times of reads and durable commits that were asked for meanwhile, in milliseconds. */
  readonly readMs: number;
  readonly commitMs: number;
}

const IN_FLIGHT = 64;
const WINDOWS = 15;
const LOOK_UPS_PER_WINDOW = 2_048;
const WARM_UP = 1_024;
const PROBE_MS = 5;
const FAR: Hour = hourAfter(Date.now() + 1_000 * 3_600_000);

/** Measures databases of so many users each, in turn, so that they see the same machine. */
export async function lookUpCosts(
  databases: readonly { readonly path: string; readonly users: number }[],
  identity: Identity,
  folder: string,
): Promise<readonly LookUpCost[]> {
  const opened = await Promise.all(
    databases.map(async ({ path, users }) => {
      const store = await openDatabase(path);
      return { users, store, pipeline: startPipelineHere(store, identity, folder), windows: [] as number[] };
    }),
  );
  for (const { pipeline, users } of opened) await window(pipeline, users, WARM_UP);
  for (let count = 0; count < WINDOWS; count++) {
    for (const each of opened) each.windows.push(await window(each.pipeline, each.users, LOOK_UPS_PER_WINDOW));
  }
  for (const { pipeline, store } of opened) {
    await pipeline.end();
    await store[Symbol.asyncDispose]();
  }
  return opened.map(({ users, windows }) => {
    const sorted = windows.sort((one, other) => one - other);
    const median = sorted[sorted.length >> 1] ?? 0;
    return { users, microseconds: { median: round(median), least: round(sorted[0] ?? 0) } };
  });
}

/** Microseconds for each of so many look-ups of users drawn at random. */
async function window(pipeline: PipelineHere, users: number, lookUps: number): Promise<number> {
  const requests = Array.from({ length: lookUps }, () => {
    const name = named(nameOf(Math.floor(Math.random() * users)));
    return Buffer.from(encodeRequest({ action: "lookup", id: newId(), surbs: 2, body: { name } }));
  });
  const begun = performance.now();
  for (let start = 0; start < lookUps; start += IN_FLIGHT) await pipeline.ask(requests.slice(start, start + IN_FLIGHT));
  return ((performance.now() - begun) * 1_000) / lookUps;
}

/** Sweeps the database at `path`, in which much has expired, while reads and commits go on. */
export async function sweepCost(path: string): Promise<SweepCost> {
  await using store = await openDatabase(path);
  let ended = false;
  const longest = { read: 0, commit: 0 };
  const probe = async (kind: keyof typeof longest, once: () => Promise<unknown>): Promise<void> => {
    while (!ended) {
      const begun = performance.now();
      await once();
      longest[kind] = Math.max(longest[kind], performance.now() - begun);
      await sleep(PROBE_MS);
    }
  };
  // Reads at once what it has to, the first time.
  await store.load([userByName(nameOf(0))]);
  const commit = (): Promise<unknown> =>
    store.commit([
      [
        {
          kind: "storeMessage",
          recipient: 1 as UserId,
          origin: Buffer.alloc(16),
          payload: Buffer.alloc(200),
          expires: FAR,
        },
      ],
    ]);
  await commit();
  const probes = [probe("read", () => store.load([userByName(nameOf(1))])), probe("commit", commit)];
  const begun = performance.now();
  const watch = watchPauses();
  const { deliveries } = await store.sweep(hourAfter(Date.now()));
  const pauses = watch.end();
  const ms = performance.now() - begun;
  ended = true;
  await Promise.all(probes);
  const idle = watchPauses();
  await sleep(ms);
  return {
    swept: deliveries,
    seconds: round(ms / 1_000),
    ...pauses,
    idle: idle.end(),
    ...{ readMs: round(longest.read), commitMs: round(longest.commit) },
  };
}
