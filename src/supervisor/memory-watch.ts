/**
 * Restarts children that have grown too large: strangers can push memory into a Nym client. Only ever by asking, and not
 * often, since each restart is felt.
 */
import { readFile } from "node:fs/promises";
import type { Events } from "../telemetry/events.js";
import type { Supervisor } from "./supervisor.js";

/** What the watch needs of a child. */
export type GrowingChild = Pick<Supervisor, "name" | "state" | "pid" | "ease">;

export interface MemoryWatchComponents {
  readonly children: readonly GrowingChild[];
  readonly events: Pick<Events, "nymClientTooLarge">;
}

/** Times in milliseconds. */
export interface MemoryWatchOptions {
  /** The resident memory that a child may have, in bytes. 0: any. */
  readonly maxBytes: number;
  readonly everyMs: number;
  /** The time from one restart of a child to the next. */
  readonly pauseMs: number;
}

/** Watches until it is disposed of. */
export function watchMemory(
  { children, events }: MemoryWatchComponents,
  { maxBytes, everyMs, pauseMs }: MemoryWatchOptions,
): Disposable {
  if (maxBytes === 0) return { [Symbol.dispose]: () => undefined };
  const restarted = new Map<GrowingChild, number>();

  function mayRestart(child: GrowingChild): boolean {
    return child.state === "ready" && performance.now() - (restarted.get(child) ?? -Infinity) >= pauseMs;
  }

  async function check(child: GrowingChild): Promise<void> {
    const { pid } = child;
    if (pid === undefined || !mayRestart(child)) return;
    const rssBytes = await residentBytes(pid);
    if (rssBytes === undefined || rssBytes <= maxBytes || child.pid !== pid || !mayRestart(child)) return;
    restarted.set(child, performance.now());
    events.nymClientTooLarge({ child: child.name, rssBytes, maxBytes });
    child.ease("memory");
  }

  const timer = setInterval(() => {
    for (const child of children) void check(child);
  }, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Resident memory of a process, from /proc/PID/status; `undefined` if it is gone, or without /proc. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
