import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as kinds from "../../../src/config/kinds.js";

function accepts(kind: kinds.Kind<unknown>, text: string): boolean {
  return kind.schema.safeParse(text).success;
}

describe("kinds of values", () => {
  test("a whole number is digits only, within its bounds", () => {
    const port = kinds.whole(0, 65_535);
    for (const good of ["0", "1977", "65535", "007"]) expect(accepts(port, good)).toBe(true);
    for (const bad of ["-1", "65536", "1e3", "0x10", "1.5", "1 ", "", "abc", "NaN", "Infinity", "9".repeat(400)]) {
      expect(accepts(port, bad), bad).toBe(false);
    }
  });

  test("a number may have a fraction, and no exponent", () => {
    const seconds = kinds.decimal(0.5, 10, "seconds");
    for (const good of ["0.5", "10", "1.25"]) expect(accepts(seconds, good)).toBe(true);
    for (const bad of ["0.4", "10.1", "1e0", ".5", "5.", "1,5", "-1", "five"]) {
      expect(accepts(seconds, bad), bad).toBe(false);
    }
  });

  test("a switch is on or off and nothing else", () => {
    expect(kinds.onOff().schema.parse("on")).toBe(true);
    expect(kinds.onOff().schema.parse("off")).toBe(false);
    for (const bad of ["true", "1", "ON", "maybe"]) expect(accepts(kinds.onOff(), bad), bad).toBe(false);
  });

  test("a URL has one of the schemes, a host, no credentials and no fragment", () => {
    const url = kinds.url("ws:");
    expect(url.schema.parse("WS://LocalHost:1977/")).toBe("ws://localhost:1977");
    expect(url.schema.parse("ws://h:1/alice")).toBe("ws://h:1/alice");
    for (const bad of ["http://h", "ws://", "ws://u:p@h", "ws://h/#x", "h:1977", "ws://h:99999"]) {
      expect(accepts(url, bad), bad).toBe(false);
    }
  });

  test("a key is 32 bytes in base58", () => {
    expect(accepts(kinds.base58Key(), "4rBYPrNaXXxA8kTtdCXbvKzrRhR3ovqDqGTqzMmTfvZd")).toBe(true);
    expect(accepts(kinds.base58Key(), "1".repeat(32))).toBe(true);
    for (const bad of ["0OIl", "1".repeat(33), "z".repeat(44), "abc"]) {
      expect(accepts(kinds.base58Key(), bad), bad).toBe(false);
    }
  });

  test("a list takes spaces around its commas, and refuses gaps and repetitions", () => {
    const names = kinds.list(kinds.matching(/^[a-z]+$/, "letters"));
    expect(names.schema.parse("a, b ,c")).toEqual(["a", "b", "c"]);
    for (const bad of ["a,,b", "a,", "a,a", "a,B"]) expect(accepts(names, bad), bad).toBe(false);
  });

  test("what is written is read back as it was", () => {
    const reread = <T>(kind: kinds.Kind<T>, value: T): T => kind.schema.parse(kind.format(value));
    const double = fc.double({ min: 1e-12, max: 1e6, noNaN: true });
    const words = fc.uniqueArray(fc.stringMatching(/^[a-z]+$/), { minLength: 1 });
    const letters = kinds.list(kinds.matching(/^[a-z]+$/, "letters"));
    fc.assert(
      fc.property(double, fc.maxSafeNat(), words, (decimal, whole, list) => {
        expect(reread(kinds.decimal(0, 1e6, "seconds"), decimal)).toBeCloseTo(decimal, 12);
        expect(reread(kinds.whole(0, Number.MAX_SAFE_INTEGER), whole)).toBe(whole);
        expect(reread(letters, list)).toEqual(list);
      }),
    );
  });
});
