import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64Signature, decodeHexSignature } from "../../../../src/protocol/v1/signature.js";

const bytes = fc.uint8Array({ minLength: 1, maxLength: 72 });

describe("a signature as text", () => {
  it("is hex in any case", () => {
    fc.assert(
      fc.property(bytes, (signature) => {
        const hex = Buffer.from(signature).toString("hex");
        expect(decodeHexSignature(hex)).toEqual(signature);
        expect(decodeHexSignature(hex.toUpperCase())).toEqual(signature);
      }),
    );
  });

  it("is padded base64 in the compact form", () => {
    fc.assert(
      fc.property(bytes, (signature) => {
        expect(decodeBase64Signature(Buffer.from(signature).toString("base64"))).toEqual(signature);
      }),
    );
  });

  it.each([undefined, null, 5, true, [], ["00"], {}, "", "0", "zz", "00 00", "0x00", "00\n", "é0", "00".repeat(73)])(
    "is not %j in hex",
    (text) => {
      expect(decodeHexSignature(text)).toBeUndefined();
    },
  );

  it.each([
    undefined,
    null,
    5,
    ["AA=="],
    "",
    "A",
    "AA",
    "AA=",
    "AB==",
    "AA==\n",
    " AA==",
    "A-==",
    "é",
    "A".repeat(100),
  ])("is not %j in base64", (text) => {
    expect(decodeBase64Signature(text)).toBeUndefined();
  });
});
