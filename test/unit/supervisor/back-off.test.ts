import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backOffMs } from "../../../src/supervisor/back-off.js";

const options = { minMs: 2_000, maxMs: 60_000 };

describe("the back-off", () => {
  it("doubles from its minimum to its maximum", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((failures) => backOffMs(failures, options, 0.5))).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  it("property: is jittered, and never leaves its bounds", () => {
    const random = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), random, (failures, chance) => {
        const ms = backOffMs(failures, options, chance);
        expect(ms).toBeGreaterThanOrEqual(2_000);
        expect(ms).toBeLessThanOrEqual(60_000);
      }),
    );
    expect(backOffMs(3, options, 0)).toBe(6_000);
    expect(backOffMs(3, options, 0.999)).toBe(9_996);
  });
});
