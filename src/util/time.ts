/** Time, as a thing that is passed in (tests run days in milliseconds), and the coarse form in which it may be stored. */

/** Milliseconds since 1970. */
export type Clock = () => number;

/** Hours since 1970, rounded up: the finest time that lies on the disk. */
export type Hour = number & { readonly __brand: "Hour" };

/** Milliseconds of an hour. */
export const HOUR_MS = 3_600_000;

/** The hour in which `ms` (milliseconds since 1970) ends: the only form in which a time is stored. */
export function hourAfter(ms: number): Hour {
  return Math.ceil(ms / HOUR_MS) as Hour;
}

/** The hour in which `ms` lies, in hours since 1970: what is said of it holds for the hour. */
export function hourOf(ms: number): number {
  return Math.floor(ms / HOUR_MS);
}
