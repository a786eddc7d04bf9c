/**
 * `npm run bench:pool`: how look-ups a second grow with the pool. The directory runs as its operator would run it, on a
 * loopback mixnet whose Nym clients send as many packets a second as real ones; more users look each other up than those
 * can answer. JSON on stdout, progress on stderr.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { positive } from "./arguments.js";
import { startPoolLoad } from "./bench/pool-load.js";
import { startPool } from "./bench/pool-target.js";

interface Options {
  readonly clients: readonly number[];
  readonly seconds: number;
  readonly warmup: number;
  readonly packetsPerSecond: number;
  readonly users: number;
}

interface Result {
  readonly clients: number;
  readonly seconds: number;
  readonly lookUps: number;
  readonly perSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

const { clients, seconds, warmup, packetsPerSecond, users } = new Command("bench-pool")
  .description("Measures look-ups a second of pools of Nym clients, each at the packet rate of a real one.")
  .option("--clients <list>", "sizes of the pool", (text) => text.split(",").map(positive), [1, 2, 4, 8])
  .option("--seconds <n>", "length of a measured window", positive, 30)
  .option("--warmup <n>", "seconds before each window", positive, 5)
  .option("--packets-per-second <n>", "of each Nym client of the directory", positive, 50)
  .option("--users <n>", "users of each Nym client, each with one look-up under way", positive, 40)
  .parse()
  .opts<Options>();

const results: Result[] = [];
for (const count of clients) {
  const result = await measure(count);
  results.push(result);
  console.error(`${count} Nym clients: ${result.perSecond} look-ups/s, p50 ${result.latencyMs.p50} ms`);
}
const base = results[0] && results[0].perSecond / results[0].clients;
const scaling = results.map((result) => ({
  ...result,
  /** Of as many times the figure of one client of the smallest pool. */
  ratio: base === undefined ? undefined : round(result.perSecond / (result.clients * base)),
}));
console.log(JSON.stringify({ settings: { seconds, warmup, packetsPerSecond, users }, pools: scaling }, null, 2));

async function measure(count: number): Promise<Result> {
  const home = await mkdtemp(join(tmpdir(), "nym-directory-bench-pool-"));
  try {
    await using pool = await startPool(home, count, packetsPerSecond);
    using load = await startPoolLoad(pool, users);
    await sleep(warmup * 1_000);
    load.tally();
    const begun = performance.now();
    await sleep(seconds * 1_000);
    const { completed, latency } = load.tally();
    const elapsed = (performance.now() - begun) / 1_000;
    const ms = (percentile: number): number => Math.round(latency.percentile(percentile) / 1e6);
    return {
      clients: count,
      seconds: round(elapsed),
      lookUps: completed,
      perSecond: round(completed / elapsed),
      latencyMs: { p50: ms(50), p99: ms(99) },
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
