/**
 * `npm run soak -- --runs N --kills N --seed S`: users who do anything, a mixnet that does anything, a directory that is
 * restarted and killed, and a model that says what must come of it. JSON on stdout, progress on stderr; 1 when something
 * did not hold.
 */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { Command } from "commander";
import { count } from "./arguments.js";
import { soak, type SoakProgress } from "./soak/soak.js";

interface Options {
  readonly runs: number;
  readonly kills: number;
  readonly killsPerRun: number;
  readonly seed: string;
  readonly together: number;
}

const PROGRESS_MS = 5_000;
const SHRINK_MS = 120_000;

const options = new Command("soak")
  .description("Checks the directory against a model: random users, random faults, random restarts.")
  .option("--runs <n>", "runs with the directory's parts in this process", count, 1_000)
  .option("--kills <n>", "kill -9s of a directory in a process of its own, under load", count, 0)
  .option("--kills-per-run <n>", "how many of them in one run", count, 10)
  .option("--seed <text>", "the same seed makes the same programs", randomBytes(6).toString("hex"))
  .option("--together <n>", "runs at a time", count, 3 * availableParallelism())
  .parse()
  .opts<Options>();

let told = performance.now();
say(`seed ${options.seed}`);
const result = await soak({
  ...{ seed: options.seed, runs: options.runs, kills: options.kills },
  killsPerRun: Math.max(1, options.killsPerRun),
  together: { runs: options.together, kills: Math.max(1, Math.floor(availableParallelism() / 2)) },
  ...{ progress, shrunk: 3, shrinkMs: SHRINK_MS },
});
console.log(JSON.stringify(result, null, 2));
if (result.failures.length > 0) process.exitCode = 1;

function progress({ runs, killRuns, figures, failure }: SoakProgress): void {
  if (failure !== undefined)
    say(`FAILED: ${failure.seed}: ${failure.violations.join("; ")}\n${failure.before.join("\n")}`);
  if (performance.now() - told < PROGRESS_MS) return;
  told = performance.now();
  const { kills, stored, delivered, itemsAgain, itemsAfterAcknowledgement } = figures;
  say(
    `${runs} runs of ${options.runs}, ${killRuns} with kills (${kills} of ${options.kills}): ${stored} messages stored, ` +
      `${delivered} delivered, ${itemsAgain} items again before and ${itemsAfterAcknowledgement} after acknowledgement`,
  );
}

function say(text: string): void {
  console.error(text);
}
