/** One measurement: warm up, count for a window, read the process's CPU time at both ends. */
import { performance } from "node:perf_hooks";
import { availableParallelism } from "node:os";
import { startLoad, type Tally } from "./load.js";
import type { Operation } from "./operations.js";
import { machineCpuSeconds } from "./process-stats.js";
import type { Target, TargetName } from "./target.js";

/** What was measured; the unit is in each name. */
export interface Measurement {
  readonly operation: string;
  readonly inFlight: number;
  readonly target: TargetName;
  readonly seconds: number;
  readonly completed: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly latencyMs: Readonly<Record<"p50" | "p90" | "p99" | "p99.9" | "max", number>>;
  readonly server: {
    readonly cpuSeconds: number;
    readonly cpuMicrosecondsPerOperation: number;
    readonly rssMiB: number;
  };
  readonly generatorCpuSeconds: number;
  /** The part of the machine's CPU that neither the server nor the generator used: 0 on a quiet machine. */
  readonly elsewhere: number;
  /** Messages that went on to their recipients while it was measured. */
  readonly deliveredPerSecond: number;
  readonly packetsPerOperation: { readonly up: number; readonly down: number };
}

/** How to measure. */
export interface Window {
  /** Seconds before anything counts. */
  readonly warmup: number;
  /** Seconds that count. */
  readonly seconds: number;
  /** Reply SURBs of a request, for the count of packets. */
  readonly surbs: number;
  /** See `LoadOptions`; without it, a v1 `send` forwards one message and nothing else does. */
  readonly forwarded?: (user: number, message: Buffer) => number | undefined;
  readonly forwards?: boolean;
}

/** Runs `operation` against `target`. */
export async function measure(
  target: Target,
  name: string,
  operation: Operation,
  inFlight: number,
  { warmup, seconds, surbs, forwards = name === "send", forwarded }: Window,
): Promise<Measurement> {
  const load = startLoad(target.nymClient, operation, { inFlight, surbs, forwards, ...(forwarded && { forwarded }) });
  await sleep(warmup * 1_000);
  const before = {
    server: await target.stats(),
    machine: await machineCpuSeconds(),
    own: process.cpuUsage(),
    at: performance.now(),
  };
  const tally = load.tally();
  await sleep(seconds * 1_000);
  load.tally();
  const elapsed = (performance.now() - before.at) / 1_000;
  const own = process.cpuUsage(before.own);
  const server = await target.stats();
  const machine = (await machineCpuSeconds()) - before.machine;
  await load.finish();

  const cpuSeconds = server.cpuSeconds - before.server.cpuSeconds;
  const ownSeconds = (own.user + own.system) / 1e6;
  return {
    operation: name,
    inFlight,
    target: target.name,
    seconds: round(elapsed),
    completed: tally.completed,
    failed: tally.failed,
    perSecond: Math.round(tally.completed / elapsed),
    latencyMs: latencies(tally),
    server: {
      cpuSeconds: round(cpuSeconds),
      cpuMicrosecondsPerOperation: round((cpuSeconds * 1e6) / Math.max(1, tally.completed)),
      rssMiB: round(server.rssMiB),
    },
    generatorCpuSeconds: round(ownSeconds),
    elsewhere: round(Math.max(0, machine - cpuSeconds - ownSeconds) / (elapsed * availableParallelism())),
    deliveredPerSecond: Math.round(tally.delivered / elapsed),
    packetsPerOperation: {
      up: round(tally.packetsUp / Math.max(1, tally.completed)),
      down: round(tally.packetsDown / Math.max(1, tally.completed)),
    },
  };
}

/** Rounds to hundredths. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function latencies({ latency, completed }: Tally): Measurement["latencyMs"] {
  const ms = (nanoseconds: number): number => (completed === 0 ? 0 : Math.round(nanoseconds / 1e3) / 1e3);
  return {
    p50: ms(latency.percentile(50)),
    p90: ms(latency.percentile(90)),
    p99: ms(latency.percentile(99)),
    "p99.9": ms(latency.percentile(99.9)),
    max: ms(latency.max),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
