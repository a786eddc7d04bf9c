import { describe, expect, it } from "vitest";
import { openBody, sealBody } from "../../../../src/protocol/v1/end-to-end.js";
import type { Plaintext } from "../../../../src/protocol/v1/end-to-end.js";
import { importKeyPair, pkcs8OfPem, verifyText } from "../../../../src/protocol/v1/key-pair.js";
import type { KeyPair } from "../../../../src/protocol/v1/key-pair.js";
import { decodeContent } from "../../../../src/protocol/v1/message-content.js";
import { pythonJson } from "../../../../src/protocol/v1/python-json.js";
import type { PythonJson } from "../../../../src/protocol/v1/python-json.js";
import { decodeHexSignature } from "../../../../src/protocol/v1/signature.js";
import { fieldsOf, madeHere, nymchat } from "../../../support/v1-vectors.js";

const alice = await keyPair(nymchat.alicePrivPem);
const bob = await keyPair(nymchat.bobPrivPem);

async function keyPair(pem: string): Promise<KeyPair> {
  return importKeyPair(pkcs8OfPem(pem) ?? new Uint8Array());
}

function contentOf(message: string): string {
  return fieldsOf(message)["content"] ?? "";
}

function bodyOf(message: string): string {
  return decodeContent(contentOf(message))?.body ?? "";
}

interface Body {
  encryptedPayload: Record<string, PythonJson> & { encryptedBody: Record<string, PythonJson> };
  payloadSignature: string;
}

/** A body of alice's, changed. */
function changed(change: (body: Body) => void): string {
  const body = JSON.parse(bodyOf(nymchat.sendSecond)) as Body;
  change(body);
  return pythonJson(body as unknown as PythonJson);
}

describe("the end-to-end body", () => {
  it.each<[string, string, Plaintext]>([
    ["a first message", nymchat.sendFirst, { kind: "chat", text: nymchat.sendFirst_plain }],
    ["a second message", nymchat.sendSecond, { kind: "chat", text: nymchat.sendSecond_plain }],
    ["a direct message", nymchat.directIncomingMessage, { kind: "chat", text: nymchat.direct_plain }],
    ["a handshake", nymchat.handshake, { kind: "handshake", address: nymchat.handshake_address }],
  ])("of %s by the shipped client opens", async (_, message, plaintext) => {
    expect(await openBody(bodyOf(message), alice.publicKey, bob)).toEqual({ plaintext });
  });

  it.each(madeHere.sends)("of a $kind that NymCHAT has accepted from us opens", async ({ kind, plaintext, send }) => {
    const { content = "", signature } = fieldsOf(send);
    expect(await openBody(bodyOf(send), alice.publicKey, bob)).toEqual({
      plaintext: kind === "chat" ? { kind, text: plaintext } : { kind, address: plaintext },
    });
    const outer = decodeHexSignature(signature) ?? new Uint8Array();
    expect(await verifyText(content, outer, alice.publicKey)).toBe(true);
  });

  it.each<Plaintext>([
    { kind: "chat", text: "" },
    { kind: "chat", text: 'ünï\u007f\ud800"\\\n\u{1f600}' },
    { kind: "handshake", address: "a.b@c" },
  ])("that we seal opens for its recipient alone: %j", async (plaintext) => {
    const body = await sealBody(plaintext, bob.publicKey, alice);
    expect(await openBody(body, alice.publicKey, bob)).toEqual({ plaintext });
    expect(await openBody(body, alice.publicKey, alice)).toEqual({ failure: "unreadable" });
    expect(await openBody(body, bob.publicKey, bob)).toEqual({ failure: "unsigned" });
  });

  it("is written as Python writes it, in the shipped client's order", async () => {
    const body = await sealBody({ kind: "chat", text: "x" }, bob.publicKey, alice);
    expect(pythonJson(JSON.parse(body) as PythonJson)).toBe(body);
    const shape = (text: string) => text.replace(/"[^":]*"(?=[,}])/g, '""');
    expect(shape(body)).toBe(shape(bodyOf(nymchat.sendSecond)));
  });

  it.each(["ephemeralPublicKey", "salt", "iv", "ciphertext", "tag"])(
    "with another %s is not its sender's",
    async (field) => {
      const other = JSON.parse(bodyOf(nymchat.sendFirst)) as Body;
      const body = changed(({ encryptedPayload }) => {
        const parts = field in encryptedPayload ? encryptedPayload : encryptedPayload.encryptedBody;
        parts[field] = { ...other.encryptedPayload.encryptedBody, ...other.encryptedPayload }[field] ?? null;
      });
      expect(await openBody(body, alice.publicKey, bob)).toEqual({ failure: "unsigned" });
    },
  );

  it.each<[string, string]>([
    ["is no JSON", "{"],
    ["is null", "null"],
    ["is an array", "[]"],
    ["has no payload", changed((body) => Object.assign(body, { encryptedPayload: null }))],
    ["has no signature", changed((body) => Object.assign(body, { payloadSignature: 5 }))],
    ["has a member too many", changed((body) => Object.assign(body.encryptedPayload, { extra: "" }))],
    ["has a body within that is text", changed((body) => Object.assign(body.encryptedPayload, { encryptedBody: "" }))],
    ["has a salt of another length", changed((body) => Object.assign(body.encryptedPayload, { salt: "00" }))],
    ["has a salt that is not hex", changed((body) => Object.assign(body.encryptedPayload, { salt: "zz".repeat(16) }))],
    ["has a key that is no PEM", changed((body) => Object.assign(body.encryptedPayload, { ephemeralPublicKey: "k" }))],
  ])("that %s is malformed", async (_, body) => {
    expect(await openBody(body, alice.publicKey, bob)).toEqual({ failure: "malformed" });
  });

  it("from a sender whose key is no P-256 key is unsigned", async () => {
    expect(await openBody(bodyOf(nymchat.sendSecond), new Uint8Array(91), bob)).toEqual({ failure: "unsigned" });
  });
});
