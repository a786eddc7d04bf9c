import fc from "fast-check";
import { expect, test } from "vitest";
import { slotSize } from "../../../../src/store/sqlite/slots.js";

test("slots have few sizes, and never waste half of a message above the smallest", () => {
  expect([0, 256, 257, 384, 385, 978, 1_024, 1_025, 1_537].map(slotSize)).toEqual([
    256, 256, 384, 384, 512, 1_024, 1_024, 1_536, 2_048,
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 257, max: 10_000_000 }), (bytes) => {
      expect(slotSize(bytes)).toBeGreaterThanOrEqual(bytes);
      expect(slotSize(bytes)).toBeLessThan(bytes * 1.5);
    }),
  );
});
