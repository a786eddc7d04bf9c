import { createPublicKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derOfBase64, isP256Key, parseP256Pem, pemOf } from "../../../../src/protocol/v1/keys.js";
import { nymchat } from "../../../support/v1-vectors.js";

const pem = nymchat.alicePubPem;
const der = createPublicKey(pem).export({ type: "spki", format: "der" });

function armour(bytes: Uint8Array): string {
  return pemOf(bytes);
}

/** alice's key with one byte changed. */
function changed(at: number, to: number): Buffer {
  const copy = Buffer.from(der);
  copy[at] = to;
  return copy;
}

describe("a P-256 key in PEM", () => {
  it("is the DER that OpenSSL makes of it", () => {
    expect(parseP256Pem(pem)).toEqual(new Uint8Array(der));
    expect(parseP256Pem(nymchat.bobPubPem)).toEqual(
      new Uint8Array(createPublicKey(nymchat.bobPubPem).export({ type: "spki", format: "der" })),
    );
  });

  it("is printed again as Python's cryptography printed it", () => {
    expect(pemOf(der)).toBe(pem);
  });

  it.each([
    ["with \\r\\n", pem.replaceAll("\n", "\r\n")],
    ["without a line end", pem.trimEnd()],
    ["with white space around", `\n  ${pem}\n\n`],
    ["in one long line", pem.replace("o\ni", "oi")],
    ["in short lines", pem.replace("MFkw", "MF\nkw")],
  ])("may come %s", (_, text) => {
    expect(parseP256Pem(text)).toEqual(new Uint8Array(der));
  });

  it.each([
    ["nothing", ""],
    ["no PEM", "no key at all"],
    ["the armour alone", "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----\n"],
    ["bare base64", der.toString("base64")],
    ["a private key", nymchat.alicePrivPem],
    ["a certificate's armour", pem.replaceAll("PUBLIC KEY", "CERTIFICATE")],
    ["two keys", pem + pem],
    ["text before it", `key: ${pem}`],
    ["text after it", `${pem}key`],
    ["base64 that is not padded", pem.replace("==", "")],
    ["base64 with bits left over", pem.replace("KA==", "KB==")],
    ["base64url", pem.replaceAll("+", "-").replaceAll("/", "_")],
    ["a lone surrogate", pem.replace("MFkw", "MFk\ud800")],
    ["a key and a megabyte of white space", pem.replace("\n", "\n".repeat(1_000_000))],
    ["more than 1 kB", pem.replace("\n", "\n".repeat(1000))],
  ])("is not %s", (_, text) => {
    expect(parseP256Pem(text)).toBeUndefined();
  });

  it.each([
    ["Ed25519", generateKeyPairSync("ed25519").publicKey],
    ["P-384", generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey],
    ["secp256k1", generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey],
    [
      "P-256 with the curve spelt out",
      generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).publicKey,
    ],
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey],
  ])("is not one of %s", (_, key) => {
    expect(parseP256Pem(key.export({ type: "spki", format: "pem" }).toString())).toBeUndefined();
  });

  it.each([
    ["a point off the curve", changed(90, 0)],
    ["the other parity of an uncompressed point", changed(26, 2)],
    ["a hybrid point", changed(26, 6)],
    ["unused bits", changed(25, 1)],
    ["another curve's name over its point", changed(22, 0x06)],
    ["a byte too few", der.subarray(0, 90)],
    ["a byte too many", Buffer.concat([der, Buffer.alloc(1)])],
    ["zeros for a point", Buffer.concat([der.subarray(0, 27), Buffer.alloc(64)])],
    ["coordinates that are not reduced", Buffer.concat([der.subarray(0, 27), Buffer.alloc(64, 0xff)])],
  ])("is not %s", (_, bytes) => {
    expect(isP256Key(bytes)).toBe(false);
    expect(parseP256Pem(armour(bytes))).toBeUndefined();
  });

  it("x of which is not reduced is not another spelling of a key", () => {
    // A point whose x is small enough that x + p still has 32 bytes: x = 5 is on the curve.
    const x = (p: bigint) => Buffer.from((5n + p).toString(16).padStart(64, "0"), "hex");
    const y = Buffer.from("459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc", "hex");
    const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
    const keyAt = (point: Buffer) => Buffer.concat([der.subarray(0, 27), point, y]);
    expect(isP256Key(keyAt(x(0n)))).toBe(true);
    expect(isP256Key(keyAt(x(prime)))).toBe(false);
  });

  it("is judged as OpenSSL judges it, whatever byte is changed", () => {
    const openssl = (bytes: Buffer) => {
      try {
        return createPublicKey({ key: bytes, type: "spki", format: "der" }).export({ type: "spki", format: "der" });
      } catch {
        return undefined;
      }
    };
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), (at, to) => {
        const bytes = changed(at, to);
        // OpenSSL also reads spellings that are not canonical, and keeps the hybrid one (6 or 7); for us a key has one.
        const canonical = openssl(bytes)?.equals(bytes) === true && isP256(bytes) && bytes[26] === 4;
        expect(isP256Key(bytes)).toBe(canonical);
      }),
      {
        numRuns: 300,
        examples: [
          [26, 6],
          [26, 7],
        ],
      },
    );
  });

  it("in bare base64 is accepted strictly, and up to 1 kB", () => {
    expect(derOfBase64(der.toString("base64"))).toEqual(new Uint8Array(der));
    for (const bad of [der.toString("base64url"), `${der.toString("base64")}\n`, "MFk", "!", "A".repeat(1028)])
      expect(derOfBase64(bad)).toBeUndefined();
  });
});

function isP256(bytes: Buffer): boolean {
  return createPublicKey({ key: bytes, type: "spki", format: "der" }).asymmetricKeyDetails?.namedCurve === "prime256v1";
}
