import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Parsed } from "../../../src/actions/action.js";
import type { Proof } from "../../../src/actions/proof.js";
import { createVerifier } from "../../../src/pipeline/verify.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import { ed25519Raw } from "../../../src/protocol/v2/ed25519.js";
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
  expect(verify(request, { kind: "none" })).toEqual({
    ...request,
    ...{ keyVersion: 0, keysAcceptable: true, __verified: true },
  });
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
  expect(await verify(request, { kind: "hopeless", algorithm: "p256", messages: [message] })).toBeUndefined();
});

test.each([1, 2])("a hopeless proof instead of %s checks costs as many", async (checks) => {
  using count = countChecks();
  const messages = Array.from({ length: checks }, () => message);
  await verify(request, { kind: "hopeless", algorithm: "ed25519", messages });
  expect(count).toMatchObject({ checks, bytes: checks * message.length });
});

test("where further signatures are asked for, all must hold", async () => {
  const other = generateKeyPairSync("ed25519");
  const possession = {
    key: other.publicKey.export({ type: "spki", format: "der" }),
    message: Buffer.from("mine"),
    signature: sign(null, Buffer.from("mine"), other.privateKey),
  };
  const wrong = { ...possession, message };
  expect(await verify(request, signature({ further: [possession] }))).toBeDefined();
  expect(await verify(request, signature({ further: [possession, possession] }))).toBeDefined();
  for (const further of [[wrong], [possession, wrong], [wrong, possession]])
    expect(await verify(request, signature({ further }))).toBeUndefined();
  expect(await verify(request, signature({ further: [possession], message: Buffer.from("another") }))).toBeUndefined();
});

describe("new keys", () => {
  const key = ed25519Raw(ed25519.publicKey.export({ type: "spki", format: "der" })) ?? new Uint8Array();
  const unacceptable = new Uint8Array(32);

  test.each([
    ["that are acceptable", [key, key], true],
    ["of which one is not", [key, unacceptable], false],
  ])("%s are no part of the proof", async (_, newKeys, keysAcceptable) => {
    expect(await verify(request, { kind: "none", newKeys })).toMatchObject({ keyVersion: 0, keysAcceptable });
    expect(await verify(request, signature({ newKeys }))).toMatchObject({ keyVersion: 3, keysAcceptable });
    const hopeless = { kind: "hopeless", algorithm: "ed25519", messages: [message], newKeys } as const;
    expect(await verify(request, hopeless)).toBeUndefined();
    expect(await verify(request, signature({ newKeys, signature: undefined }))).toBeUndefined();
  });
});
