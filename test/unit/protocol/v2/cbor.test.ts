import { encode, rfc8949EncodeOptions } from "cborg";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type Cbor, cborBytes, decodeCbor, encodeCbor } from "../../../../src/protocol/v2/cbor.js";

const BOUNDS = { items: 1000, containers: 100 };
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

const { item } = fc.letrec<{ item: Cbor }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeNat(),
    fc.nat(300),
    fc.constantFrom(23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(true, false, null),
    fc.array(tie("item"), { maxLength: 30 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.nat(1000), fc.maxSafeNat()), tie("item")), {
        selector: ([key]) => key,
        maxLength: 30,
      })
      .map((entries) => new Map(entries.toSorted(([one], [other]) => one - other))),
  ),
}));

describe("the writer", () => {
  it("writes what the reader's library writes, and knows how long it is", () => {
    fc.assert(
      fc.property(item, (value) => {
        const bytes = encodeCbor(value);
        expect(Buffer.from(bytes).equals(encode(value, rfc8949EncodeOptions))).toBe(true);
        expect(cborBytes(value)).toBe(bytes.length);
      }),
    );
  });

  it("puts keys in their order", () => {
    const descending = new Map([256, 24, 23, 1, 0].map((key) => [key, 0]));
    expect(Buffer.from(encodeCbor(descending)).toString("hex")).toBe("a500000100170018180019010000");
  });

  it.each<[string, Cbor]>([
    ["a negative number", -1],
    ["a fraction", 1.5],
    ["a number beyond 2^53", 2 ** 53],
    ["not a number", NaN],
    ["keys that are no numbers", new Map([["a", 0]]) as unknown as Cbor],
  ])("refuses %s", (_, value) => {
    expect(() => encodeCbor(value)).toThrow(RangeError);
  });
});

describe("the reader", () => {
  it("reads what was written, whatever stands behind it", () => {
    fc.assert(
      fc.property(item, fc.uint8Array({ maxLength: 4 }), (value, rest) => {
        const bytes = encodeCbor(value);
        const read = decodeCbor(Uint8Array.of(...bytes, ...rest), { items: 1e6, containers: 1e6 });
        expect(read).toEqual({ item: value, length: bytes.length });
      }),
    );
  });

  it("gives bytes that are their own, also out of a Buffer", () => {
    const message = Buffer.from(encodeCbor([new Uint8Array(3)]));
    const read = decodeCbor(message, BOUNDS);
    message.fill(0xff);
    expect(read?.item).toEqual([new Uint8Array(3)]);
    expect(Buffer.isBuffer((read?.item as Uint8Array[])[0])).toBe(false);
  });

  it.each([
    ["nothing", ""],
    ["a number in more bytes than it needs", "18 17"],
    ["a number in eight bytes that fits four", "1b 00000000ffffffff"],
    ["a length in more bytes than it needs", "58 01 00"],
    ["an array of indefinite length", "9f 01 ff"],
    ["a map of indefinite length", "bf 00 01 ff"],
    ["a string of indefinite length", "5f 41 00 ff"],
    ["keys in another order", "a2 01 00 00 00"],
    ["the same key twice", "a2 00 00 00 00"],
    ["keys that are texts", "a1 61 61 00"],
    ["keys that are maps", "a1 a0 00"],
    ["a negative number", "20"],
    ["a fraction", "f9 3e00"],
    ["a whole number as a fraction", "f9 3c00"],
    ["minus zero", "f9 8000"],
    ["undefined", "f7"],
    ["a simple value without a meaning", "e0"],
    ["false, in two bytes", "f8 14"],
    ["a tag", "c1 00"],
    ["a number beyond 2^53", "1b 0020000000000000"],
    ["text that is no UTF-8", "61 ff"],
    ["text that is UTF-8 of a surrogate", "63 eda080"],
    ["a string that ends too soon", "42 00"],
    ["an array that ends too soon", "82 00"],
    ["a map that ends at a key", "a1 00"],
    ["an end without a beginning", "ff"],
    ["a reserved length", "1c"],
  ])("refuses %s", (_, hex) => {
    expect(decodeCbor(fromHex(hex), BOUNDS)).toBeUndefined();
  });

  test("gives up on more than it was to expect, at once", () => {
    const items = 50;
    const flat = (count: number): Cbor => Array.from({ length: count }, () => 0);
    expect(decodeCbor(encodeCbor(flat(items - 1)), { items, containers: 1 })).toBeDefined();
    expect(decodeCbor(encodeCbor(flat(items)), { items, containers: 1 })).toBeUndefined();
    expect(decodeCbor(fromHex("81 81 80"), { items, containers: 3 })).toBeDefined();
    expect(decodeCbor(fromHex("81 81 80"), { items, containers: 2 })).toBeUndefined();
    expect(decodeCbor(fromHex("a1 00 a0"), { items, containers: 1 })).toBeUndefined();
    expect(decodeCbor(new Uint8Array(1_000_000).fill(0x81), { items: 1e9, containers: 1e9 })).toBeUndefined();
  });
});
