/** Seeded randomness: the same seed makes the same decisions. Not for secrets. */
import { createHash } from "node:crypto";

/** A stream of decisions. */
export interface Random {
  /** A number from 0 up to, but not including, 1. */
  next(): number;
  /** True with probability `p`; draws nothing when `p` is 0. */
  chance(p: number): boolean;
  /** Exponentially distributed around `mean`, as the gaps of a Poisson process are. */
  exponential(mean: number): number;
  /** Puts `items` into another order, in place. */
  shuffle(items: unknown[]): void;
}

/** The stream that belongs to `seed`; its parts are told apart, so ("ab", "c") is not ("a", "bc"). */
export function createRandom(...seed: readonly string[]): Random {
  const digest = createHash("sha256").update(JSON.stringify(seed)).digest();
  const next = sfc32(digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8));
  return {
    next,
    chance: (p) => p > 0 && next() < p,
    exponential: (mean) => -mean * Math.log(1 - next()),
    shuffle(items) {
      for (let last = items.length - 1; last > 0; last -= 1) {
        const other = Math.floor(next() * (last + 1));
        [items[last], items[other]] = [items[other], items[last]];
      }
    },
  };
}

/** The sfc32 generator of PractRand (Chris Doty-Humphrey, public domain). */
function sfc32(a: number, b: number, c: number): () => number {
  let counter = 1;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
}
