import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contains,
  floorOf,
  greatestOf,
  type Ranges,
  sizeOf,
  withoutRange,
  withRange,
} from "../../../../src/client/v2/ranges.js";

const MOST = 30;
const range = fc.tuple(fc.integer({ min: 1, max: MOST }), fc.integer({ min: 0, max: 8 }), fc.boolean());

const members = (set: Ranges): number[] =>
  Array.from({ length: MOST + 10 }, (_, index) => index + 1).filter((each) => contains(set, each));

describe("a set of sequences", () => {
  it("is the same as a set of numbers, whatever is put in and taken out", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), (steps) => {
        const model = new Set<number>();
        let set: Ranges = [];
        for (const [first, more, isPut] of steps) {
          const last = first + more;
          set = isPut ? withRange(set, first, last) : withoutRange(set, first, last);
          for (let each = first; each <= last; each++)
            if (isPut) model.add(each);
            else model.delete(each);
        }
        const numbers = [...model].sort((one, other) => one - other);
        expect(members(set)).toEqual(numbers);
        expect(sizeOf(set)).toBe(model.size);
        expect(greatestOf(set)).toBe(numbers.at(-1) ?? 0);
        const missing = numbers.findIndex((each, index) => each !== index + 1);
        expect(floorOf(set)).toBe(missing < 0 ? numbers.length : missing);
        // Ascending, and none touches the next: there is no shorter way to write it.
        for (const [index, { first, last }] of set.entries()) {
          expect(first).toBeLessThanOrEqual(last);
          expect(first).toBeGreaterThan((set[index - 1]?.last ?? -1) + 1);
        }
      }),
    );
  });

  it("takes nothing from an empty range", () => {
    expect(withRange([{ first: 1, last: 2 }], 5, 4)).toEqual([{ first: 1, last: 2 }]);
  });
});
