import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { certifyReplyKey } from "../../../src/identity/certificate.js";
import { certifiedKey } from "../../support/certificates.js";
import { fingerprint } from "../../../src/identity/fingerprint.js";

const identity = generateKeyPairSync("ed25519");
const reply = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const certificate = certifyReplyKey(identity.privateKey, reply.publicKey);

function otherKey(type: "reply" | "identity"): string {
  const pair =
    type === "reply" ? generateKeyPairSync("ec", { namedCurve: "prime256v1" }) : generateKeyPairSync("ed25519");
  return pair.publicKey.export({ format: "der", type: "spki" }).toString("base64");
}

describe("the certificate of the reply key", () => {
  test("gives the key that the identity vouches for, also after a way as JSON", async () => {
    const sent: unknown = JSON.parse(JSON.stringify(certificate));
    expect((await certifiedKey(sent, identity.publicKey))?.equals(reply.publicKey)).toBe(true);
  });

  test("is the same each time", () => {
    expect(certifyReplyKey(identity.privateKey, reply.publicKey)).toEqual(certificate);
  });

  test("is an Ed25519 signature (RFC 8032) over purpose, version and both keys, a line each", () => {
    // The private key of RFC 8032, section 7.1, test 1, and a point of P-256: its generator.
    const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const privateKey = createPrivateKey({
      key: Buffer.from(`302e020100300506032b657004220420${seed}`, "hex"),
      format: "der",
      type: "pkcs8",
    });
    const x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    const y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    const spki = Buffer.from(`3059301306072a8648ce3d020106082a8648ce3d03010703420004${x}${y}`, "hex");
    const made = certifyReplyKey(privateKey, createPublicKey({ key: spki, format: "der", type: "spki" }));
    const identitySpki = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    const text = `nym-directory v1 reply key\n1\n${identitySpki}\n${spki.toString("base64")}\n`;
    expect(made.identity).toBe(identitySpki);
    expect(verify(null, Buffer.from(text), privateKey, Buffer.from(made.signature, "base64"))).toBe(true);
  });

  test("is worth nothing by another identity, even one that it names", async () => {
    const other = generateKeyPairSync("ed25519");
    expect(await certifiedKey(certificate, other.publicKey)).toBeUndefined();
    const renamed = {
      ...certificate,
      identity: other.publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    };
    expect(await certifiedKey(renamed, other.publicKey)).toBeUndefined();
    expect(await certifiedKey(renamed, identity.publicKey)).toBeUndefined();
  });

  test.each([
    ["another key", { replyKey: otherKey("reply") }],
    ["another identity", { identity: otherKey("identity") }],
    ["another version", { version: 2 }],
    ["another purpose", { purpose: "nym-directory v2 reply key" }],
    ["a signature of zeros", { signature: Buffer.alloc(64).toString("base64") }],
    ["a short signature", { signature: "AAAA" }],
    ["a signature that is no base64", { signature: "?" }],
    ["a field more", { expires: 0 }],
  ])("is refused with %s", async (_what, change) => {
    expect(await certifiedKey({ ...certificate, ...change }, identity.publicKey)).toBeUndefined();
  });

  test("is refused when it is nothing of the kind", async () => {
    for (const nothing of [undefined, null, "", 5, [], {}, JSON.stringify(certificate)]) {
      expect(await certifiedKey(nothing, identity.publicKey)).toBeUndefined();
    }
  });

  test("is refused for a key that is not P-256, or an identity that is not Ed25519", async () => {
    const wrong = certifyReplyKey(identity.privateKey, createPublicKey(identity.privateKey));
    expect(await certifiedKey(wrong, identity.publicKey)).toBeUndefined();
    expect(await certifiedKey(certificate, reply.publicKey)).toBeUndefined();
  });
});

test("a fingerprint is the SHA-256 of the DER key in groups of four", () => {
  const spki = "302a300506032b65700321003b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
  const key = createPublicKey({ key: Buffer.from(spki, "hex"), format: "der", type: "spki" });
  const digest = "339e2ff917630507b6a423b5ce084e285d1fa65d93b3e27a6195d3bbebc9ae23";
  expect(fingerprint(key).replaceAll(" ", "")).toBe(digest);
  expect(fingerprint(key)).toMatch(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
});
