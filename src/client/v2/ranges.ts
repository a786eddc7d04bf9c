/** Sets of sequences, as the ranges that they consist of: ascending, apart from one another, both ends included. */
import type { SequenceRange } from "../../protocol/v2/terms.js";

/** A set. */
export type Ranges = readonly SequenceRange[];

/** The set and everything from `first` to `last`; nothing more when `last` is less. */
export function withRange(set: Ranges, first: number, last: number): Ranges {
  if (last < first) return set;
  const apart = (range: SequenceRange): boolean => range.last < first - 1 || range.first > last + 1;
  const touching = set.filter((range) => !apart(range));
  const joined = {
    first: Math.min(first, ...touching.map((range) => range.first)),
    last: Math.max(last, ...touching.map((range) => range.last)),
  };
  return [...set.filter((range) => range.last < first - 1), joined, ...set.filter((range) => range.first > last + 1)];
}

/** The set without everything from `first` to `last`. */
export function withoutRange(set: Ranges, first: number, last: number): Ranges {
  return set.flatMap((range) =>
    [
      ...(range.first < first ? [{ first: range.first, last: Math.min(range.last, first - 1) }] : []),
      ...(range.last > last ? [{ first: Math.max(range.first, last + 1), last: range.last }] : []),
    ].filter((part) => part.first <= part.last),
  );
}

export function contains(set: Ranges, sequence: number): boolean {
  return set.some(({ first, last }) => first <= sequence && sequence <= last);
}

/** Up to where nothing is missing, counted from 1. */
export function floorOf([lowest]: Ranges): number {
  return lowest?.first === 1 ? lowest.last : 0;
}

/** The greatest of the set; 0 when it is empty. */
export function greatestOf(set: Ranges): number {
  return set.at(-1)?.last ?? 0;
}

/** How many there are. */
export function sizeOf(set: Ranges): number {
  return set.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
