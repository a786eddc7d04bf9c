import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSettlement, encodeSettlement, SETTLEMENT_BYTES } from "../../../../src/store/sqlite/settlement.js";
import { hour, id, messageId, outcomeId } from "../../../support/changes.js";

const outcome = fc.nat().map((seed) => ({ id: outcomeId(seed), expires: hour(seed) }));
const receipt = fc
  .record({ to: fc.maxSafeNat().map(id), seed: fc.nat() })
  .map(({ to, seed }) => ({ to, id: messageId(seed) }));

test("decodes to what was encoded, whatever zero bytes follow in the slot", () => {
  const settlement = fc.oneof(
    fc.record({ outcome, receipt }),
    fc.record({ outcome }),
    fc.record({ receipt }),
    fc.constant({}),
  );
  fc.assert(
    fc.property(settlement, fc.nat(300), (value, zeros) => {
      const slot = Buffer.concat([encodeSettlement(value), Buffer.alloc(zeros)]).subarray(0, SETTLEMENT_BYTES);
      expect(decodeSettlement(slot)).toEqual(value);
    }),
  );
});

test("refuses ids of another length", () => {
  expect(() => encodeSettlement({ outcome: { id: Buffer.alloc(15), expires: hour(1) } })).toThrow(RangeError);
  expect(() => encodeSettlement({ receipt: { id: Buffer.alloc(17), to: id(1) } })).toThrow(RangeError);
});
