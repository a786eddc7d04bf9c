import { generateKeyPairSync, sign } from "node:crypto";
import { expect, test } from "vitest";
import type { Parsed } from "../../../src/actions/action.js";
import type { Proof } from "../../../src/actions/proof.js";
import { createVerifier } from "../../../src/pipeline/verify.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import { countChecks } from "../../support/count-checks.js";

const request: Parsed<string> = {
  dialect: "long",
  body: "body",
  origin: { client: "c", incarnation: 1, tag: "t" as SenderTag },
  credit: 1,
};
const verify = createVerifier();
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed25519 = generateKeyPairSync("ed25519");
const message = Buffer.from("message");

function signature(changes: Partial<Proof & { kind: "signature" }>): Proof {
  return {
    kind: "signature",
    algorithm: "p256",
    key: p256.publicKey.export({ type: "spki", format: "der" }),
    keyVersion: 3,
    message,
    signature: sign("sha256", message, p256.privateKey),
    ...changes,
  };
}

test("what needs no proof is verified at once, with no key version", () => {
  expect(verify(request, { kind: "none" })).toEqual({ ...request, keyVersion: 0, __verified: true });
});

test("a signature that holds carries the version of its key", async () => {
  expect(await verify(request, signature({}))).toMatchObject({ body: "body", keyVersion: 3 });
  const proof = signature({
    algorithm: "ed25519",
    key: ed25519.publicKey.export({ type: "spki", format: "der" }),
    signature: sign(null, message, ed25519.privateKey),
  });
  expect(await verify(request, proof)).toMatchObject({ keyVersion: 3 });
});

test.each([
  ["another message", { message: Buffer.from("another") }],
  ["a broken signature", { signature: Buffer.from("3006020101020101", "hex") }],
  ["no DER", { signature: Buffer.alloc(64, 7) }],
  ["an empty signature", { signature: Buffer.alloc(0) }],
  ["a huge signature", { signature: Buffer.alloc(100_000) }],
  ["no signature at all", { signature: undefined }],
])("%s does not hold", async (_, changes) => {
  expect(await verify(request, signature(changes))).toBeUndefined();
});

test("a hopeless proof does not hold", async () => {
  expect(await verify(request, { kind: "hopeless", algorithm: "p256" })).toBeUndefined();
});

test.each([undefined, 1, 2] as const)("a hopeless proof instead of %s checks costs as many", async (checks) => {
  using count = countChecks();
  await verify(request, { kind: "hopeless", algorithm: "ed25519", ...(checks !== undefined && { checks }) });
  expect(count.checks).toBe(checks ?? 1);
});

test("where two signatures are asked for, both must hold", async () => {
  const other = generateKeyPairSync("ed25519");
  const possession = {
    key: other.publicKey.export({ type: "spki", format: "der" }),
    message: Buffer.from("mine"),
    signature: sign(null, Buffer.from("mine"), other.privateKey),
  };
  expect(await verify(request, signature({ possession }))).toBeDefined();
  expect(await verify(request, signature({ possession: { ...possession, message } }))).toBeUndefined();
  expect(await verify(request, signature({ possession, message: Buffer.from("another") }))).toBeUndefined();
});
