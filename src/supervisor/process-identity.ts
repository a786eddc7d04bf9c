/**
 * Which process a pid means. A pid is given to another process once its owner is gone; the boot, the pid and the time of
 * the start together are not. Read from /proc, and unknown where there is none.
 */
import { readFile } from "node:fs/promises";

/** A process, for as long as the machine runs. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since the boot (field 22 of /proc/PID/stat). */
  readonly startTime: string;
  /** The boot of the machine. */
  readonly boot: string;
}

/** The process that has `pid` now; `undefined` if there is none, if it has exited already, or without /proc. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const [stat, boot] = await Promise.all([readProc(`${pid}/stat`), readProc("sys/kernel/random/boot_id")]);
  if (stat === undefined || boot === undefined) return undefined;
  // The second field is the command in parentheses and may hold anything, blanks and parentheses as well.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  if (startTime === undefined || state === "Z" || state === "X") return undefined;
  return { pid, startTime, boot: boot.trim() };
}

/** Whether the process of `identity` still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const current = await identify(identity.pid);
  return current?.startTime === identity.startTime && current.boot === identity.boot;
}

/** The command line of a process; `undefined` if it cannot be read. */
export async function commandLine(pid: number): Promise<readonly string[] | undefined> {
  return (await readProc(`${pid}/cmdline`))?.split("\0").slice(0, -1);
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${path}`, "utf8");
  } catch {
    return undefined;
  }
}
