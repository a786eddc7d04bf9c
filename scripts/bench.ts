/**
 * `npm run bench`: how fast the directory is, measured from outside as one process, and how far that is from the floors
 * that the same machine has in the same run. JSON on stdout, progress on stderr. docs/benchmarks.md explains the figures.
 */
import { mkdtemp, rm, statfs } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { positive } from "./arguments.js";
import { startLoad } from "./bench/load.js";
import { measure, type Measurement } from "./bench/measure.js";
import {
  login,
  loginOf,
  lookUpHit,
  lookUpMiss,
  OPERATIONS,
  registration,
  registrationOf,
  sending,
  sendingAgain,
  signSends,
  type Operation,
  type OperationName,
  type Run,
} from "./bench/operations.js";
import { line, ratios } from "./bench/report.js";
import { soak, type SoakResult } from "./bench/soak.js";
import { measurePrimitives, startTarget, TARGETS, type Target, type TargetName } from "./bench/target.js";
import { makeKeys, makeUsers, type BenchUser, type Keys } from "./bench/users.js";

/** Sends that are signed ahead for each second of a measurement; what goes beyond is signed as it goes. */
const SENDS_AHEAD_PER_SECOND = { each: 2_000, most: 8_000 };
/** Keys for registrations that are measured: so many that no cache of parsed keys still has one when its turn comes again. */
const NEW_KEYS_PER_USER = 2;
const SETUP_IN_FLIGHT = 64;
const TMPFS_MAGIC = 0x01021994;

interface Options {
  readonly seconds: number;
  readonly warmup: number;
  readonly operations: readonly OperationName[];
  readonly inFlight: readonly number[];
  readonly targets: readonly TargetName[];
  readonly users: number;
  readonly surbs: number;
  readonly soakLookups: number;
  readonly folder: string;
  readonly profile?: string;
}

/** What operations are made of. */
interface Supplies {
  readonly users: readonly BenchUser[];
  readonly newKeys: readonly Keys[];
  readonly sends: readonly Run[];
}

const options = new Command("bench")
  .description("Measures the directory and, in the same run, the floors of this machine.")
  .option("--seconds <n>", "length of a measured window", positive, 10)
  .option("--warmup <n>", "seconds before each window", positive, 2)
  .option("--operations <list>", "which operations", listOf(OPERATIONS), OPERATIONS)
  .option("--in-flight <list>", "how many at a time", (text) => text.split(",").map(positive), [1, 16, 64])
  .option("--targets <list>", "what to measure", listOf(TARGETS), TARGETS)
  .option("--users <n>", "users that are registered first, each with a key and a tag of its own", positive, 8_192)
  .option("--surbs <n>", "reply SURBs of a request, for the count of packets", positive, 10)
  .option("--soak-lookups <n>", "look-ups after all else, to see whether memory grows", positive, 0)
  .option("--folder <path>", "where databases are put: a disk, or commits cost nothing", tmpdir())
  .option("--profile <path>", "write a CPU profile of the directory into this folder")
  .parse()
  .opts<Options>();

if (options.users <= Math.max(...options.inFlight)) {
  fail("--users must be above --in-flight: each user has one operation under way");
  process.exit();
}
const home = await mkdtemp(join(resolve(options.folder), "nym-directory-bench-"));
const targets: Target[] = [];
try {
  const { type } = await statfs(home);
  const durable = type !== TMPFS_MAGIC;
  if (!durable) say(`${home} is in memory: commits are not durable there, see --folder`);
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version, durable };
  const primitives = await measurePrimitives(home, Math.min(1, options.seconds));
  say(`making ${options.users} users`);
  const users = makeUsers(makeKeys(options.users));
  const newKeys = makeKeys(NEW_KEYS_PER_USER * options.users);
  await startTargets(users);
  const measurements = await measureAll(users, newKeys);
  const soaked = await soakFirst(users);
  const { seconds, warmup, users: registered, surbs } = options;
  const settings = { seconds, warmup, users: registered, surbs };
  const result = { machine, settings, primitives, measurements, ratios: ratios(measurements), soak: soaked };
  console.log(JSON.stringify(result, null, 2));
  const failed = measurements.reduce((sum, { failed }) => sum + failed, soaked?.failed ?? 0);
  if (failed > 0) fail(`${failed} operations failed`);
} finally {
  for (const target of targets) await target.stop().catch((error: unknown) => fail(String(error)));
  await rm(home, { recursive: true, force: true });
}

async function startTargets(users: readonly BenchUser[]): Promise<void> {
  const flags = options.profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", resolve(options.profile)];
  for (const name of options.targets) {
    const target = await startTarget(name, home, flags);
    targets.push(target);
    await each(target, users, registrationOf(users));
  }
}

/** The targets take turns, so that ours and its floors see the same machine and the same disk. */
async function measureAll(users: readonly BenchUser[], newKeys: readonly Keys[]): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const name of options.operations) {
    // Log-ins have moved the routes, and messages are forwarded to where SURBs come from.
    if (name === "send") for (const target of targets) await each(target, users, loginOf(users));
    for (const inFlight of options.inFlight) {
      const sends = name === "send" ? signSends(users, sendsAhead(inFlight)) : [];
      for (const target of targets) {
        const operation = makeOperation(name, target.name, { users, newKeys, sends });
        const measurement = await measure(target, name, operation, inFlight, options);
        say(line(measurement));
        measurements.push(measurement);
      }
    }
  }
  return measurements;
}

async function soakFirst(users: readonly BenchUser[]): Promise<SoakResult | undefined> {
  const [first] = targets;
  if (first === undefined || options.soakLookups === 0) return undefined;
  const result = await soak(first, lookUpHit(users), Math.max(...options.inFlight), options.soakLookups);
  say(`RSS over ${result.lookUps} look-ups: ${result.rssMiB.join(", ")} MiB`);
  return result;
}

/** One operation of each user, before anything is measured. */
async function each(target: Target, users: readonly BenchUser[], operation: Operation): Promise<void> {
  const inFlight = Math.min(SETUP_IN_FLIGHT, users.length);
  const load = startLoad(target.nymClient, operation, { inFlight, limit: users.length });
  const tally = load.tally();
  await load.completed(users.length);
  await load.finish();
  if (tally.failed > 0) throw new Error(`${target.name} refused ${tally.failed} of its ${users.length} users`);
}

function makeOperation(name: OperationName, target: TargetName, { users, newKeys, sends }: Supplies): Operation {
  switch (name) {
    case "look-up hit":
      return lookUpHit(users);
    case "look-up miss":
      return lookUpMiss(users);
    case "register":
      return registration(newKeys);
    case "login":
      return login(users);
    case "send":
      return target === "directory" ? sending(users, sends) : sendingAgain(sends);
  }
}

function sendsAhead(inFlight: number): number {
  const { each, most } = SENDS_AHEAD_PER_SECOND;
  return Math.ceil(Math.min(most, each * inFlight) * (options.warmup + options.seconds));
}

function listOf<Name extends string>(allowed: readonly Name[]): (text: string) => readonly Name[] {
  return (text) =>
    text.split(",").map((part) => {
      const found = allowed.find((name) => name === part.trim());
      if (found === undefined) throw new InvalidArgumentError(`choose from: ${allowed.join(", ")}`);
      return found;
    });
}

function fail(text: string): void {
  say(text);
  process.exitCode = 1;
}

function say(text: string): void {
  console.error(text);
}
