/** Many runs, some at a time: each a program of its own seed, those that fail shrunk, and the sums of what happened. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../src/config/secret.js";
import { openIdentity } from "../../src/identity/identity.js";
import { createDirectoryHere, makeEmptyDatabase } from "./directory-here.js";
import { createDirectoryProcess } from "./directory-process.js";
import { type Figures, newFigures } from "./ledger.js";
import { type DirectoryMaker, play } from "./play.js";
import { makeProgram, type Program, type ProgramOptions } from "./program.js";
import { shrink } from "./shrink.js";

/** How much is to be done. */
export interface SoakOptions {
  /** The same seed makes the same programs. */
  readonly seed: string;
  /** Runs in this process. */
  readonly runs: number;
  /** Times that a directory's process is killed, in runs of `killsPerRun` each. */
  readonly kills: number;
  readonly killsPerRun: number;
  /** Runs at a time: in this process, and with processes of their own. */
  readonly together: { readonly runs: number; readonly kills: number };
  /** Told after each run. */
  readonly progress: (done: SoakProgress) => void;
  /** Failures that are shrunk, each for so many milliseconds; the rest are only told. */
  readonly shrunk: number;
  readonly shrinkMs: number;
}

/** How far it is. */
export interface SoakProgress {
  readonly runs: number;
  readonly killRuns: number;
  readonly figures: Figures;
  /** What has just failed, before it is shrunk. */
  readonly failure?: Failure;
}

/** A run in which something did not hold. */
export interface Failure {
  readonly seed: string;
  readonly violations: readonly string[];
  /** The program, shrunk if that was asked for. */
  readonly program: Program;
  /** What happened before the first of them. */
  readonly before: readonly string[];
}

/** What came of it all. */
export interface SoakResult {
  readonly seed: string;
  readonly runs: number;
  readonly killRuns: number;
  readonly seconds: number;
  readonly figures: Figures;
  readonly failures: readonly Failure[];
}

const QUIET: ProgramOptions = { steps: [8, 45], restarts: undefined, time: true };
const LOADED_STEPS_PER_KILL = 40;
const SHRINKING = { tries: 3, budget: 200 };

/** Does all runs. Rejects only for what is the test's own fault. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const begun = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "nym-directory-soak-parts-"));
  try {
    const identity = await openIdentity({ keysDir: folder, scryptLog2N: 10 }, new Secret("of no importance"));
    const emptyDatabase = await makeEmptyDatabase(folder);
    const here: DirectoryMaker = (settings, clock) => createDirectoryHere({ identity, emptyDatabase, clock }, settings);
    return { ...(await allRuns(options, here)), seconds: Math.round((performance.now() - begun) / 1000) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function allRuns(options: SoakOptions, here: DirectoryMaker): Promise<Omit<SoakResult, "seconds">> {
  const { seed, runs, kills, killsPerRun, together, progress, shrunk, shrinkMs } = options;
  const figures = newFigures();
  const failures: Failure[] = [];
  const done = { runs: 0, killRuns: 0 };

  async function run(program: Program, make: DirectoryMaker, kind: keyof typeof done): Promise<void> {
    const played = await play(program, make);
    done[kind]++;
    add(figures, played.figures);
    if (kind === "killRuns") figures.kills += played.figures.restarts;
    if (played.violations.length === 0) {
      progress({ ...done, figures });
      return;
    }
    const { violations, before } = played;
    const failure = { seed: program.seed, violations, program, before };
    const place = failures.push(failure) - 1;
    progress({ ...done, figures, failure });
    if (place < shrunk) failures[place] = { ...failure, program: await shrunkOf(program, make, shrinkMs) };
  }

  const killRuns = Math.ceil(kills / killsPerRun);
  const killing = (index: number): ProgramOptions => {
    const restarts = Math.min(killsPerRun, kills - index * killsPerRun);
    const steps = LOADED_STEPS_PER_KILL * restarts;
    return { steps: [steps, steps], restarts, time: false };
  };
  await Promise.all([
    inTurn(runs, together.runs, (index) => run(makeProgram(`${seed}/${index}`, QUIET), here, "runs")),
    inTurn(killRuns, together.kills, (index) =>
      run(makeProgram(`${seed}/kill/${index}`, killing(index)), createDirectoryProcess, "killRuns"),
    ),
  ]);
  return { seed, ...done, figures, failures };
}

async function shrunkOf(program: Program, make: DirectoryMaker, ms: number): Promise<Program> {
  const end = performance.now() + ms;
  const fails = async (steps: Program["steps"]): Promise<boolean> =>
    performance.now() < end && (await play({ ...program, steps }, make)).violations.length > 0;
  return { ...program, steps: await shrink(program.steps, fails, SHRINKING) };
}

/** Calls `each` with 0, 1, 2 .. below `count`, `together` at a time. */
async function inTurn(count: number, together: number, each: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await each(next++);
  };
  await Promise.all(Array.from({ length: Math.min(count, together) }, worker));
}

function add(sums: Figures, more: Figures): void {
  for (const name of Object.keys(sums) as (keyof Figures)[]) sums[name] += more[name];
}
