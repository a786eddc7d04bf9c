/**
 * `npm run bench:v2`: messages of v2 that are answered `stored`, durably, with limits off; beside them, in the same run and
 * taking turns, a floor of the same signature and one durable commit. Delivery is measured apart: fetched and acknowledged
 * afterwards, and pushed and acknowledged meanwhile. JSON on stdout, progress on stderr.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { positive } from "./arguments.js";
import { type Ask, askThrough, boundOf, forAll, must, prove } from "./bench/ask.js";
import { measure, type Measurement, round } from "./bench/measure.js";
import { line } from "./bench/report.js";
import { startTarget, type Target } from "./bench/target.js";
import { drain } from "./bench/v2-drain.js";
import { makeV2Users, signedFrame, type V2BenchUser } from "./bench/v2-requests.js";
import { acknowledging, sendsAgain, sendsOf } from "./bench/v2-sends.js";
import type { Bound } from "./v2-user/account.js";

interface Options {
  readonly seconds: number;
  readonly warmup: number;
  readonly rounds: number;
  readonly inFlight: readonly number[];
  readonly recipients: number;
  readonly senders: number;
  readonly body: number;
  readonly acknowledge: number;
  readonly folder: string;
  readonly profile?: string;
}

/** Sends that are signed ahead for each second; what goes beyond is signed as it goes. */
const AHEAD_PER_SECOND = { each: 1_500, most: 9_000 };
/** SURBs that recipients say they bring before anything is pushed to them. */
const FIRST_SURBS = 255;
const SURBS = 2;

const options = new Command("bench-v2")
  .description("Measures sends of v2, and in the same run a floor of one signature and one durable commit.")
  .option("--seconds <n>", "length of a measured window", positive, 10)
  .option("--warmup <n>", "seconds before each window", positive, 2)
  .option("--rounds <n>", "windows of each kind, in turn", positive, 3)
  .option("--in-flight <list>", "how many at a time", (text) => text.split(",").map(positive), [1, 64])
  .option("--recipients <n>", "users who are written to", positive, 200)
  .option("--senders <n>", "users who write, each one message at a time", positive, 1_024)
  .option("--body <n>", "bytes of a message's body", positive, 120)
  .option("--acknowledge <n>", "items that a recipient acknowledges at a time", positive, 32)
  .option("--folder <path>", "where databases are put: a disk, or commits cost nothing", tmpdir())
  .option("--profile <path>", "write a CPU profile of the directory into this folder")
  .parse()
  .opts<Options>();

const home = await mkdtemp(join(resolve(options.folder), "nym-directory-bench-v2-"));
const targets: Target[] = [];
try {
  const flags = options.profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", resolve(options.profile)];
  const directory = await start("directory", flags);
  const floor = await start("v2", []);
  const recipients = makeV2Users(options.recipients, 1);
  const senders = makeV2Users(options.senders, 1 + options.recipients);
  let ask = askThrough(directory.nymClient);
  const bound = await boundOf(ask);
  say(`registering ${recipients.length + senders.length} users`);
  await prove(ask, bound, [...recipients, ...senders], "registration");
  await forAll(recipients, (user) => must(ask, user, signedFrame(bound, user, "logout", {}, FIRST_SURBS)));

  const correspondence = { senders, recipients, bodyBytes: options.body };
  const measurements: Measurement[] = [];
  for (const inFlight of options.inFlight) {
    for (let count = 0; count < options.rounds; count++) {
      const ahead = aheadOf(inFlight);
      const ours = sendsOf(bound, correspondence, ahead);
      const least = sendsAgain(bound, correspondence, Math.min(ahead, 2 * options.senders));
      const window = { ...options, surbs: SURBS, forwards: false };
      measurements.push(tell(await measure(directory, "send v2", ours, inFlight, window)));
      measurements.push(tell(await measure(floor, "send v2", least, inFlight, window)));
    }
  }

  ask = askThrough(directory.nymClient);
  const fetched = await drain(ask, bound, recipients);
  say(`fetched and acknowledged: ${fetched.itemsPerSecond} items/s`);

  const pushed = await measurePushed(directory, bound, { senders, recipients }, ask);
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
  console.log(JSON.stringify({ machine, measurements, summary: summary(measurements), fetched, pushed }, null, 2));
  if (measurements.some(({ failed }) => failed > 0)) process.exitCode = 1;
} finally {
  for (const target of targets) await target.stop().catch((error: unknown) => say(String(error)));
  await rm(home, { recursive: true, force: true });
}

/** The same once more, to recipients who are there: pushed at once, acknowledged by dozens. */
async function measurePushed(
  directory: Target,
  bound: Bound,
  { senders, recipients }: { readonly senders: readonly V2BenchUser[]; readonly recipients: readonly V2BenchUser[] },
  ask: Ask,
): Promise<Measurement & { readonly acknowledgementsPerSecond: number }> {
  const fresh = makeV2Users(recipients.length, 1 + recipients.length + senders.length);
  await prove(ask, bound, fresh, "registration");
  await forAll(fresh, (user) => must(ask, user, signedFrame(bound, user, "status", {}, FIRST_SURBS)));
  const inFlight = Math.max(...options.inFlight);
  const correspondence = { senders, recipients: fresh, bodyBytes: options.body };
  const { forwarded, sent } = acknowledging(directory.nymClient, bound, fresh, options.acknowledge);
  const operation = sendsOf(bound, correspondence, aheadOf(inFlight));
  const window = { ...options, surbs: SURBS, forwards: true, forwarded };
  const begun = performance.now();
  const measurement = await measure(directory, "send v2, push", operation, inFlight, window);
  const seconds = (performance.now() - begun) / 1_000;
  tell(measurement);
  say(`pushed: ${measurement.deliveredPerSecond} items/s`);
  return { ...measurement, acknowledgementsPerSecond: round(sent() / seconds) };
}

async function start(name: "directory" | "v2", flags: readonly string[]): Promise<Target> {
  const target = await startTarget(name, home, flags);
  targets.push(target);
  return target;
}

/** Medians over the rounds, ours beside the floor's, and the bars. `elsewhere`: of the busiest round; ratios need it small. */
function summary(measurements: readonly Measurement[]): unknown {
  return options.inFlight.map((inFlight) => {
    const median = (target: string, of: (measurement: Measurement) => number): number => {
      const values = measurements.filter((each) => each.target === target && each.inFlight === inFlight).map(of);
      return values.sort((one, other) => one - other)[values.length >> 1] ?? 0;
    };
    const of = (target: string): Record<string, number> => ({
      perSecond: median(target, ({ perSecond }) => perSecond),
      p50: median(target, ({ latencyMs }) => latencyMs.p50),
      p99: median(target, ({ latencyMs }) => latencyMs.p99),
    });
    const [ours, floor] = [of("directory"), of("v2")];
    return {
      ...{ inFlight, ours, floor, elsewhere: busiest(measurements.filter((each) => each.inFlight === inFlight)) },
      p50ToFloor: round((ours["p50"] ?? 0) / (floor["p50"] ?? 1)),
      p99ToFloor: round((ours["p99"] ?? 0) / (floor["p99"] ?? 1)),
      bar: inFlight === 1 ? { p99ToFloor: 1.2 } : { perSecond: 6_000, p99: 20 },
    };
  });
}

function busiest(measurements: readonly Measurement[]): number {
  return Math.max(...measurements.map(({ elsewhere }) => elsewhere));
}

function aheadOf(inFlight: number): number {
  const { each, most } = AHEAD_PER_SECOND;
  return Math.ceil(Math.min(most, each * inFlight) * (options.warmup + options.seconds));
}

function tell(measurement: Measurement): Measurement {
  say(line(measurement));
  return measurement;
}

function say(text: string): void {
  console.error(text);
}
