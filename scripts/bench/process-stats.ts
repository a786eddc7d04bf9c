/** CPU time and memory of another process, and of the whole machine, from Linux's /proc; all zero where there is none. */
import { readFile } from "node:fs/promises";

/** Clock ticks a second in /proc, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const MIB = 1024;

/** A process at one moment. */
export interface ProcessStats {
  /** User and system time of all its threads since it began. */
  readonly cpuSeconds: number;
  readonly rssMiB: number;
  /** The most that it was since the process began. */
  readonly peakRssMiB: number;
}

/** The stats of the process `pid`. */
export async function processStats(pid: number): Promise<ProcessStats> {
  const [stat, status] = await Promise.all([read(`${pid}/stat`), read(`${pid}/status`)]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  const mib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / MIB;
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssMiB: mib("VmRSS"), peakRssMiB: mib("VmHWM") };
}

/** CPU seconds that all processes together have used since the machine was started. */
export async function machineCpuSeconds(): Promise<number> {
  const [user, nice, system, , , irq, softirq] = (await read("stat")).split("\n", 1).join("").split(/\s+/).slice(1);
  const ticks = [user, nice, system, irq, softirq].reduce((sum, part) => sum + Number(part ?? 0), 0);
  return ticks / TICKS_PER_SECOND;
}

function read(path: string): Promise<string> {
  return readFile(`/proc/${path}`, "utf8").catch(() => "");
}
