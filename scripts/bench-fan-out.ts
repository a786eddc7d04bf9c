/**
 * `npm run bench:fan-out`: messages to everybody in a large group, one after the other, and how long others' look-ups take
 * meanwhile and between, at a Nym client that takes everything at once or at one that is as slow as a real one. JSON on
 * stdout, progress on stderr.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { positive } from "./arguments.js";
import { askThrough, boundOf } from "./bench/ask.js";
import { fanOut, makeGroup } from "./bench/fan-out.js";
import { startTarget } from "./bench/target.js";
import { makeV2Users } from "./bench/v2-requests.js";

interface Options {
  readonly members: number;
  readonly messages: number;
  readonly packetsPerSecond?: number;
  readonly every: number;
  readonly folder: string;
}

const { members, messages, packetsPerSecond, every, folder } = new Command("bench-fan-out")
  .description("Measures look-ups while a message goes to everybody in a group.")
  .option("--members <n>", "members of the group, of whom one writes", positive, 1_000)
  .option("--messages <n>", "messages, one after the other", positive, 30)
  .option("--packets-per-second <n>", "that leave the Nym client; look-ups wait there too (all at once)", positive)
  .option("--every <ms>", "a look-up every so often", positive, 2)
  .option("--folder <path>", "where the database is put", tmpdir())
  .parse()
  .opts<Options>();

const home = await mkdtemp(join(resolve(folder), "nym-directory-fan-out-"));
try {
  const users = makeV2Users(members, 1);
  await mkdir(join(home, "directory"));
  const group = await makeGroup(join(home, "directory", "directory.db"), users);
  const target = await startTarget("directory", home, [], { packetsPerSecond });
  try {
    const bound = await boundOf(askThrough(target.nymClient));
    const result = await fanOut(target.nymClient, bound, { group, users, messages, every });
    const { handedOver, quiet, meanwhile, ratio } = result;
    console.error(`to ${result.members}: handed over within ${handedOver.median} ms (median)`);
    console.error(`p99 of look-ups ${quiet.p99} ms, meanwhile ${meanwhile.p99} ms: ${ratio} times`);
    const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
    console.log(JSON.stringify({ machine, packetsPerSecond, every, ...result, bar: { ratio: 2 } }, null, 2));
  } finally {
    await target.stop();
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
