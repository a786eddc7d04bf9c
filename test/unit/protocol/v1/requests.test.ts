import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeV1Request } from "../../../../src/protocol/v1/decode.js";
import { encodeRequest } from "../../../../src/protocol/v1/encode.js";
import { decodeContent, encodeContent } from "../../../../src/protocol/v1/message-content.js";
import type { Dialect } from "../../../../src/protocol/v1/reply.js";
import type { Bodies, ClientRequest, V1Action } from "../../../../src/protocol/v1/request.js";
import { aliceKey } from "../../../support/v1-replies.js";
import { fieldsOf, nymchat } from "../../../support/v1-vectors.js";

const LIMITS = { maxBytes: 16_384, maxDepth: 16 };
const E = '{"epk":"a","iv":"b","ct":"ç","tag":"d"}';

const name = fc.string({ minLength: 1, unit: "binary" });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 72 });

function signatureOf(message: string): Uint8Array {
  return Buffer.from(fieldsOf(message)["signature"] ?? "", "hex");
}

function sendOf(message: string): ClientRequest {
  const signed = fieldsOf(message)["content"] ?? "";
  return { action: "send", sender: "alice", recipient: "bob", signed, signature: signatureOf(message) };
}

/** What a directory makes of a request; fails when it is not taken as one. */
function received<A extends V1Action>(request: ClientRequest & { readonly action: A }, dialect: Dialect): Bodies[A] {
  const { ok } = decodeV1Request(encodeRequest(request, dialect), LIMITS);
  expect(ok).toMatchObject({ action: request.action, dialect });
  return ok?.body as Bodies[A];
}

describe("a request in the long form", () => {
  it.each<[string, ClientRequest]>([
    [nymchat.register, { action: "register", name: "alice", key: aliceKey }],
    [
      nymchat.registrationResponse,
      { action: "registrationResponse", name: "alice", signature: signatureOf(nymchat.registrationResponse) },
    ],
    [nymchat.login, { action: "login", name: "alice" }],
    [nymchat.loginResponse, { action: "loginResponse", name: "alice", signature: signatureOf(nymchat.loginResponse) }],
    [nymchat.query, { action: "query", name: "bob" }],
    [nymchat.sendFirst, sendOf(nymchat.sendFirst)],
    [nymchat.sendSecond, sendOf(nymchat.sendSecond)],
    [nymchat.handshake, sendOf(nymchat.handshake)],
  ])("is to the byte what the shipped client sends: %s", (message, request) => {
    expect(Buffer.from(encodeRequest(request, "long")).toString()).toBe(message);
  });

  it.each(["sendFirst", "sendSecond", "handshake", "directIncomingMessage"])("has the content of %s", (vector) => {
    const { content = "" } = fieldsOf(nymchat[vector] ?? "");
    const read = decodeContent(content);
    if (read === undefined) throw new Error("not read");
    const { sender, body, senderKey } = read;
    expect(senderKey).toEqual(vector === "sendFirst" ? aliceKey : undefined);
    const written = encodeContent({ sender, recipient: "bob", body, ...(senderKey && { senderKey }) });
    expect(written).toBe(content);
  });
});

describe("a request in the compact form", () => {
  it.each<[string, ClientRequest]>([
    ['{"a":0,"p":{"u":"bob"}}', { action: "query", name: "bob" }],
    [
      JSON.stringify({ a: 1, p: { u: "alice", k: nymchat.alicePubPem } }),
      { action: "register", name: "alice", key: aliceKey },
    ],
    [
      '{"a":2,"p":{"u":"alice","s":"AAEC"}}',
      { action: "registrationResponse", name: "alice", signature: new Uint8Array([0, 1, 2]) },
    ],
    ['{"a":3,"p":{"u":"alice"}}', { action: "login", name: "alice" }],
    ['{"a":4,"p":{"u":"alice","s":"AA=="}}', { action: "loginResponse", name: "alice", signature: new Uint8Array(1) }],
    [
      `{"a":5,"p":{"f":"alice","to":"bob","e":${E},"s":"AA=="}}`,
      { action: "send", sender: "alice", recipient: "bob", signed: E, signature: new Uint8Array(1) },
    ],
  ])("%s", (message, request) => {
    expect(Buffer.from(encodeRequest(request, "compact")).toString()).toBe(message);
  });
});

describe.each<Dialect>(["long", "compact"])("every request in the %s form", (dialect) => {
  it("is read back as it was meant", () => {
    fc.assert(
      fc.property(name, name, bytes, (one, other, signature) => {
        expect(received({ action: "query", name: one }, dialect)).toEqual({ name: one });
        expect(received({ action: "login", name: one }, dialect)).toEqual({ name: one });
        expect(received({ action: "register", name: one, key: aliceKey }, dialect)).toEqual({
          name: one,
          key: aliceKey,
        });
        for (const action of ["registrationResponse", "loginResponse"] as const)
          expect(received({ action, name: one, signature }, dialect)).toEqual({ signature });
        const content = encodeContent({ sender: one, recipient: other, body: `{"x": ""}`, senderKey: aliceKey });
        const send = {
          action: "send",
          sender: one,
          recipient: other,
          signed: dialect === "long" ? content : E,
          signature,
          senderKey: aliceKey,
        } as const;
        const { message, signed, ...rest } = received(send, dialect);
        expect(rest).toEqual({ sender: one, recipient: other, signature });
        expect(Buffer.from(signed ?? []).toString()).toBe(send.signed);
        expect(message).toEqual(
          dialect === "long"
            ? { dialect, body: '{"x": ""}', senderPublicKey: JSON.stringify(nymchat.alicePubPem) }
            : { dialect, e: E, s: `"${Buffer.from(signature).toString("base64")}"`, attachKey: true },
        );
      }),
      { numRuns: 500 },
    );
  });
});
