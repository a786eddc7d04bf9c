import { expect, test } from "vitest";
import { conform } from "../../../src/util/gcra.js";

function admitted(rate: { perSecond: number; burst: number }, times: readonly number[]): number {
  let arrival = 0;
  let count = 0;
  for (const now of times) {
    const next = conform(rate, arrival, now);
    if (next === undefined) continue;
    arrival = next;
    count++;
  }
  return count;
}

test("a burst passes at once, and no more", () => {
  expect(admitted({ perSecond: 10, burst: 5 }, Array<number>(20).fill(1_000_000))).toBe(5);
});

test("in the long run the rate passes, whatever the pace of asking", () => {
  const times = Array.from({ length: 100_000 }, (_, index) => 1_000_000 + index);
  expect(admitted({ perSecond: 10, burst: 5 }, times)).toBeGreaterThanOrEqual(1000);
  expect(admitted({ perSecond: 10, burst: 5 }, times)).toBeLessThanOrEqual(1005);
});

test("silence earns no more than one burst", () => {
  expect(admitted({ perSecond: 10, burst: 5 }, [0, ...Array<number>(20).fill(9_000_000)])).toBe(6);
});

test("a clock that is put back locks nobody out", () => {
  const rate = { perSecond: 10, burst: 5 };
  const before = Array<number>(20).fill(9_000_000);
  expect(admitted(rate, [...before, ...Array<number>(20).fill(1_000_000)])).toBe(10);
  expect(admitted(rate, [...before, ...Array<number>(20).fill(8_999_900)])).toBe(5);
});
