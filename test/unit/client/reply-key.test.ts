import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { certifiedReplyKey } from "../../../src/client/reply-key.js";
import { certifyReplyKey } from "../../../src/identity/certificate.js";

const identity = generateKeyPairSync("ed25519");
const reply = generateKeyPairSync("ec", { namedCurve: "P-256" });
const certificate = certifyReplyKey(identity.privateKey, reply.publicKey);
const pemOfKey = (key: typeof identity.publicKey): string => key.export({ type: "spki", format: "pem" }).toString();

test("from the identity key that is trusted to the key that signs answers", async () => {
  expect(await certifiedReplyKey(certificate, pemOfKey(identity.publicKey))).toBe(pemOfKey(reply.publicKey));
});

test("another identity, and what is no key, vouch for nothing", async () => {
  expect(await certifiedReplyKey(certificate, pemOfKey(generateKeyPairSync("ed25519").publicKey))).toBeUndefined();
  expect(await certifiedReplyKey(certificate, pemOfKey(reply.publicKey))).toBeUndefined();
  expect(await certifiedReplyKey(certificate, "no PEM")).toBeUndefined();
});
