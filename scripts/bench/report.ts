/** What a run of the benchmark says: JSON for machines, lines for who watches it. */
import { round, type Measurement } from "./measure.js";

/** The directory's figure of one operation beside the floors of the same run. */
export interface Ratio {
  readonly operation: string;
  readonly inFlight: number;
  /** Operations a second, as parts of the floor's: more is better. */
  readonly throughputToBare: number | undefined;
  readonly throughputToEcho: number | undefined;
  /** p99 latency, as a multiple of the floor's: less is better. */
  readonly p99ToBare: number | undefined;
  readonly p99ToEcho: number | undefined;
}

/** Ratios of every measurement of the directory to those of the floors. */
export function ratios(measurements: readonly Measurement[]): readonly Ratio[] {
  return measurements
    .filter(({ target }) => target === "directory")
    .map((ours) => {
      const floor = (target: string): Measurement | undefined =>
        measurements.find(
          (other) => other.target === target && other.operation === ours.operation && other.inFlight === ours.inFlight,
        );
      const [bare, echo] = [floor("bare"), floor("echo")];
      return {
        operation: ours.operation,
        inFlight: ours.inFlight,
        throughputToBare: bare && round(ours.perSecond / bare.perSecond),
        throughputToEcho: echo && round(ours.perSecond / echo.perSecond),
        p99ToBare: bare && round(ours.latencyMs.p99 / bare.latencyMs.p99),
        p99ToEcho: echo && round(ours.latencyMs.p99 / echo.latencyMs.p99),
      };
    });
}

/** From this part of the machine's CPU on, other processes spoil a measurement. */
const BUSY_ELSEWHERE = 0.1;

/** One line for one measurement. */
export function line(measurement: Measurement): string {
  const { operation, inFlight, target, perSecond, latencyMs, server, failed, elsewhere } = measurement;
  return [
    operation.padEnd(13),
    `${inFlight} in flight`.padStart(12),
    target.padStart(10),
    `${perSecond.toLocaleString("en")}/s`.padStart(10),
    `p50 ${latencyMs.p50.toFixed(2)} ms`.padStart(14),
    `p99 ${latencyMs.p99.toFixed(2)} ms`.padStart(14),
    `${server.cpuMicrosecondsPerOperation.toFixed(0)} µs CPU`.padStart(11),
    `${server.rssMiB.toFixed(0)} MiB`.padStart(8),
    failed === 0 ? "" : `  ${failed} FAILED`,
    elsewhere < BUSY_ELSEWHERE ? "" : `  (${Math.round(elsewhere * 100)}% of the machine busy elsewhere)`,
  ].join(" ");
}
