/**
 * `npm run bench:scale`: what look-ups cost among many users, how soon and how small a directory is that was started with
 * many messages, and how long a sweep of many holds anything up. JSON on stdout, progress on stderr.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { Secret } from "../src/config/secret.js";
import { openIdentity } from "../src/identity/identity.js";
import { positiveCount } from "./arguments.js";
import { makeDataSet } from "./bench/data-set.js";
import { round } from "./bench/measure.js";
import { restartCost } from "./bench/restart.js";
import { lookUpCosts, sweepCost } from "./bench/scale.js";

interface Options {
  readonly fewUsers: number;
  readonly users: number;
  readonly messages: number;
  readonly expired: number;
  readonly restarts: number;
  readonly folder: string;
}

const BODY_BYTES = 120;
const WAITING_HOURS = 240;
const EXPIRED_HOURS = -2;
const EXPIRED_USERS = 1_000;

const options = new Command("bench-scale")
  .description("Measures the directory with large databases, which it makes first: a few minutes.")
  .option("--few-users <n>", "users of the small database", positiveCount, 1_000)
  .option("--users <n>", "users of the large one", positiveCount, 1_000_000)
  .option("--messages <n>", "messages that wait in it", positiveCount, 1_000_000)
  .option("--expired <n>", "messages that have expired, in a database of their own", positiveCount, 100_000)
  .option("--restarts <n>", "starts that are measured", positiveCount, 3)
  .option("--folder <path>", "where databases are put: about a gigabyte", tmpdir())
  .parse()
  .opts<Options>();

const { fewUsers, users, messages, expired, restarts } = options;
const home = await mkdtemp(join(resolve(options.folder), "nym-directory-scale-"));
try {
  const few = join(home, "few.db");
  const old = join(home, "old.db");
  const large = join(home, "directory", "directory.db");
  await mkdir(join(home, "directory"));
  say(`making databases in ${home}`);
  const set = { bodyBytes: BODY_BYTES, expireIn: WAITING_HOURS };
  await makeDataSet(few, { users: fewUsers, messages: 0, ...set }, say);
  await makeDataSet(large, { users, messages, ...set }, say);
  await makeDataSet(old, { users: EXPIRED_USERS, messages: expired, ...set, expireIn: EXPIRED_HOURS }, say);

  const identity = await openIdentity({ keysDir: home, scryptLog2N: 10 }, new Secret("of no importance"));
  const costs = await lookUpCosts(
    [
      { path: few, users: fewUsers },
      { path: large, users },
    ],
    identity,
    home,
  );
  const [small, big] = costs.map(({ microseconds }) => microseconds);
  const lookUps = { costs, ratio: round((big?.median ?? 0) / (small?.median ?? 1)), bar: 1.3 };
  say(`look-ups: ${lookUps.ratio} times as long among ${users} users`);

  // The first start makes the keys.
  await restartCost(home);
  const starts = [];
  for (let start = 0; start < restarts; start++) starts.push(await restartCost(home));
  say(`starts: ${starts.map(({ seconds, restedRssMiB }) => `${seconds} s, ${restedRssMiB} MiB`).join("; ")}`);

  const sweep = await sweepCost(old);
  const { swept, pauseMs, ownPauseMs, idle } = sweep;
  say(`sweep of ${swept}: paused for ${pauseMs} ms at most, ${ownPauseMs} of its own (idle: ${idle.pauseMs} ms)`);

  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
  const restart = { messages, starts, bars: { seconds: 2, rssMiB: 250 } };
  const result = { machine, lookUps, restart, sweep: { ...sweep, bar: { ownPauseMs: 20 } } };
  console.log(JSON.stringify(result, null, 2));
} finally {
  await rm(home, { recursive: true, force: true });
}

function say(text: string): void {
  console.error(text);
}
