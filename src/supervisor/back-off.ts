/** How long to wait before a child is launched again: doubling, bounded, and jittered so that a pool does not move in step. */

export interface BackOffOptions {
  /** The shortest wait, in milliseconds: a gateway may refuse a log-in that follows too soon. */
  readonly minMs: number;
  /** The longest wait, in milliseconds. */
  readonly maxMs: number;
}

const JITTER = 0.25;

/** Milliseconds to wait after `failures` failures in a row (from 1); `random` is in [0, 1). */
export function backOffMs(failures: number, { minMs, maxMs }: BackOffOptions, random: number): number {
  const nominal = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  const jittered = nominal * (1 - JITTER + 2 * JITTER * random);
  return Math.round(Math.min(maxMs, Math.max(minMs, jittered)));
}
