/**
 * The generic cell rate algorithm (ITU-T I.371, annex A), virtual-scheduling form: a rate with a burst, in one number
 * of state, the theoretical arrival time of the next request.
 */

/** A limit: `burst` at once, and `perSecond` in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The new theoretical arrival time when a request at `now` (ms) conforms; `undefined` when it comes too early. */
export function conform(rate: Rate, arrival: number, now: number): number | undefined {
  const interval = 1000 / rate.perSecond;
  // No arrival lies so far ahead by what conformed: the clock was put back.
  if (arrival > now + interval * (rate.burst + 1)) return now + interval;
  const earliest = arrival - interval * (rate.burst - 1);
  if (now < earliest) return undefined;
  return Math.max(arrival, now) + interval;
}
