/**
 * `npm run bench:equal`: how long replies take that should not tell what they are about: "exists", "does not exist",
 * "not allowed". Tests hold that they have equal sizes, reads and checks; this shows what is left. JSON on stdout.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { positive } from "./arguments.js";
import { askThrough, boundOf } from "./bench/ask.js";
import { equalTimes } from "./bench/equal.js";
import { startTarget } from "./bench/target.js";

const { times, folder } = new Command("bench-equal")
  .description("Measures how long replies take that should not be told apart.")
  .option("--times <n>", "requests of each kind", positive, 4_000)
  .option("--folder <path>", "where the database is put", tmpdir())
  .parse()
  .opts<{ readonly times: number; readonly folder: string }>();

const home = await mkdtemp(join(resolve(folder), "nym-directory-equal-"));
try {
  const target = await startTarget("directory", home, []);
  try {
    const ask = askThrough(target.nymClient);
    const questions = await equalTimes(ask, await boundOf(ask), times);
    for (const { question, timings, ratio } of questions) {
      const medians = timings.map(({ kind, p50, mean }) => `${kind} ${p50} µs (mean ${mean})`);
      console.error(`${question.padEnd(18)} ${medians.join(", ")}: ${ratio}`);
    }
    const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
    console.log(JSON.stringify({ machine, times, questions }, null, 2));
  } finally {
    await target.stop();
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
