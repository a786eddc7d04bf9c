/**
 * Ends what a killed directory left running, before the same Nym client is started again: two with the same keys cannot
 * be online together. Only a process that is certainly ours is ever signalled.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Events } from "../telemetry/events.js";
import { OperatorError } from "../util/operator-error.js";
import { commandLine, isRunning } from "./process-identity.js";
import type { RunRecord } from "./run-record.js";
import { signalGroup } from "./signal-group.js";

const POLL_MS = 50;

export interface OrphanComponents {
  readonly events: Pick<Events, "nymClientOrphanFound" | "nymClientOrphanEnded" | "nymClientOrphanUnverified">;
}

export interface OrphanOptions {
  /** Name of the child. */
  readonly name: string;
  /** Milliseconds that a graceful exit may take. */
  readonly graceMs: number;
  /** Gives up waiting, and resolves at once; what was asked to exit goes on exiting. */
  readonly signal: AbortSignal;
}

/** Another process that runs supervises this child, so it is no orphan: two directories have the same data folder. */
export class SupervisedElsewhereError extends OperatorError {
  override readonly name = "SupervisedElsewhereError";
  /** Pid of the other directory. */
  readonly pid: number;

  constructor(pid: number) {
    super("data-dir-in-use", `process ${pid} runs a directory with the same data folder`);
    this.pid = pid;
  }
}

/**
 * Ends the process that `record` tells of, if it still runs, and resolves when it is gone: SIGINT to its group, and
 * SIGKILL after the grace. A pid that another process has by now is left alone. Throws {@link SupervisedElsewhereError}.
 */
export async function endOrphan(
  record: RunRecord,
  { events }: OrphanComponents,
  { name: child, graceMs, signal }: OrphanOptions,
): Promise<void> {
  const { child: orphan, parent } = record;
  if (orphan === undefined) {
    if (exists(record.pid)) events.nymClientOrphanUnverified({ child });
    return;
  }
  if (!(await isRunning(orphan))) return;
  if (parent !== undefined && (await isRunning(parent))) throw new SupervisedElsewhereError(parent.pid);
  if (!(await runs(orphan.pid, record.command))) {
    events.nymClientOrphanUnverified({ child });
    return;
  }

  events.nymClientOrphanFound({ child });
  let ending: "SIGINT" | "SIGKILL" = "SIGINT";
  signalGroup(orphan.pid, ending);
  const graceEnds = performance.now() + graceMs;
  while (await isRunning(orphan)) {
    if (signal.aborted) return;
    if (ending === "SIGINT" && performance.now() >= graceEnds) {
      ending = "SIGKILL";
      signalGroup(orphan.pid, ending);
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  events.nymClientOrphanEnded({ child, signal: ending });
}

/** A launcher (`sh`, an interpreter) may stand before the program, and the arguments come last in any case. */
async function runs(pid: number, [program = "", ...args]: readonly string[]): Promise<boolean> {
  const actual = await commandLine(pid);
  if (actual === undefined || actual.length === 0) return false;
  if (args.length === 0) return actual.includes(program);
  return args.every((arg, index) => actual[actual.length - args.length + index] === arg);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
