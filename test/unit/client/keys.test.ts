import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fingerprintOf, keyPairOfPem, newKeyPair, sameKey } from "../../../src/client/keys.js";
import { pemOf } from "../../../src/protocol/v1/keys.js";
import { signText, verifyText } from "../../../src/protocol/v1/key-pair.js";
import { nymchat } from "../../support/v1-vectors.js";

describe("a key pair", () => {
  it("is made anew, and made again from its PEM", async () => {
    const { keyPair, pem } = await newKeyPair();
    expect(createPrivateKey(pem).asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    const again = await keyPairOfPem(pem);
    expect(again.publicKey).toEqual(keyPair.publicKey);
    expect(await verifyText("text", await signText("text", again), keyPair.publicKey)).toBe(true);
  });

  it("of the Python client is read", async () => {
    expect(pemOf((await keyPairOfPem(nymchat.alicePrivPem)).publicKey)).toBe(nymchat.alicePubPem);
  });

  it("of another curve or kind, or none, is refused", async () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    const pems = [rsa, p384].map((key) => key.export({ type: "pkcs8", format: "pem" }).toString());
    for (const pem of [...pems, nymchat.alicePubPem, "", "nonsense"])
      await expect(keyPairOfPem(pem)).rejects.toThrow(new RangeError("not the PEM of a P-256 private key"));
  });
});

describe("public keys", () => {
  it("are compared by what people see", async () => {
    const { publicKey } = await keyPairOfPem(nymchat.alicePrivPem);
    expect(await fingerprintOf(publicKey)).toMatch(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
    expect(sameKey(publicKey, Uint8Array.from(publicKey))).toBe(true);
    expect(sameKey(publicKey, publicKey.subarray(1))).toBe(false);
    expect(
      sameKey(
        publicKey,
        publicKey.map((byte) => byte ^ 1),
      ),
    ).toBe(false);
  });
});
