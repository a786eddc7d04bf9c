/** Directory (OpenSSL) and clients (noble) have one verdict on signatures: that of the vectors. */
import { getPublicKeyAsync, signAsync } from "@noble/ed25519";
import { createPublicKey } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import type { Parsed } from "../../../../src/actions/action.js";
import { createVerifier } from "../../../../src/pipeline/verify.js";
import { ed25519Der, ed25519Raw, isAcceptableKey, verifyEd25519 } from "../../../../src/protocol/v2/ed25519.js";
import vectors from "../../../vectors/ed25519.json" with { type: "json" };

const fromHex = (hex: string): Buffer => Buffer.from(hex, "hex");
const verifier = createVerifier();

/** What the directory makes of it. */
async function verdictOfDirectory(signature: Uint8Array, message: Uint8Array, key: Uint8Array): Promise<boolean> {
  const request = { dialect: "v2", body: undefined } as unknown as Parsed<undefined, "v2">;
  const der = ed25519Der(key);
  const proof = { kind: "signature", algorithm: "ed25519", key: der, keyVersion: 1, message, signature } as const;
  return (await verifier(request, proof)) !== undefined;
}

describe("RFC 8032, 7.1:", () => {
  it.each(vectors.rfc8032)("$test", async ({ secret, key, message, signature }) => {
    expect(Buffer.from(await getPublicKeyAsync(fromHex(secret))).toString("hex")).toBe(key);
    expect(Buffer.from(await signAsync(fromHex(message), fromHex(secret))).toString("hex")).toBe(signature);
    expect(await verifyEd25519(fromHex(signature), fromHex(message), fromHex(key))).toBe(true);
    expect(await verdictOfDirectory(fromHex(signature), fromHex(message), fromHex(key))).toBe(true);
    expect(isAcceptableKey(fromHex(key))).toBe(true);
  });
});

describe("a signature where implementations differ:", () => {
  it.each(vectors.signatures)("$what", async ({ key, message, signature, holds }) => {
    expect(await verifyEd25519(fromHex(signature), fromHex(message), fromHex(key))).toBe(holds);
    expect(await verdictOfDirectory(fromHex(signature), fromHex(message), fromHex(key))).toBe(holds);
  });

  it("that holds in more than one way needs a key that is not accepted, or is the only one of its message", () => {
    const accepted = vectors.signatures.filter(({ key, holds }) => holds && isAcceptableKey(fromHex(key)));
    const messages = accepted.map(({ key, message }) => `${key} ${message}`);
    expect(new Set(messages).size).toBe(messages.length);
  });
});

describe("a key:", () => {
  it.each(vectors.keys)("$what", ({ key, acceptable }) => {
    expect(isAcceptableKey(fromHex(key))).toBe(acceptable);
  });

  test("of another length is none", async () => {
    const key = fromHex(vectors.rfc8032[0]?.key ?? "");
    expect([key.subarray(1), Buffer.concat([key, key.subarray(0, 1)])].map(isAcceptableKey)).toEqual([false, false]);
    expect(await verifyEd25519(new Uint8Array(64), key, key.subarray(1))).toBe(false);
    expect(await verifyEd25519(new Uint8Array(63), key, key)).toBe(false);
  });

  test("in DER is what OpenSSL reads and writes", () => {
    for (const { key } of vectors.rfc8032) {
      const der = Buffer.from(ed25519Der(fromHex(key)));
      expect(
        createPublicKey({ key: der, format: "der", type: "spki" }).export({ format: "der", type: "spki" }),
      ).toEqual(der);
      expect(Buffer.from(ed25519Raw(der) ?? []).toString("hex")).toBe(key);
    }
  });

  test("in other DER is no Ed25519 key", () => {
    const der = ed25519Der(new Uint8Array(32));
    const x25519 = der.with(8, 0x6e);
    expect([der.subarray(1), x25519, Uint8Array.of(...der, 0), new Uint8Array()].map(ed25519Raw)).toEqual(
      Array(4).fill(undefined),
    );
  });
});
