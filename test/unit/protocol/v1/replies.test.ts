import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeReply } from "../../../../src/protocol/v1/decode-reply.js";
import type { DecodedReply } from "../../../../src/protocol/v1/decode-reply.js";
import { encodeReply } from "../../../../src/protocol/v1/encode.js";
import { fieldsOf, nymchat, transcript } from "../../../support/v1-vectors.js";
import { aliceKey, everyReply } from "../../../support/v1-replies.js";

const LIMITS = { maxBytes: 16_384, maxDepth: 16 };
const sign = (content: string) => Buffer.from(`signed ${content}`).toString("hex");

function decode(message: string | object): DecodedReply | undefined {
  return decodeReply(Buffer.from(typeof message === "string" ? message : JSON.stringify(message)), LIMITS);
}

function text(message: Uint8Array): string {
  return Buffer.from(message).toString();
}

describe("a reply in the long form", () => {
  const replies = transcript.exchanges.flatMap((exchange) => exchange.replies.map(({ message }) => message));

  it("is to the byte what the original server sends", () => {
    expect(replies.length).toBeGreaterThan(80);
    for (const message of replies) {
      const decoded = decode(message);
      if (decoded === undefined) throw new Error(`not decoded: ${message}`);
      const signature = decoded.signed?.signature ?? "";
      expect(text(encodeReply(decoded.reply, () => signature))).toBe(message);
    }
  });

  it("is signed over the UTF-8 of its content, as the original's are", () => {
    const key = createPublicKey(transcript.serverPublicKey);
    for (const message of replies) {
      const { content, signature } = decode(message)?.signed ?? { content: "", signature: "" };
      expect(verify("sha256", Buffer.from(content), key, Buffer.from(signature, "hex"))).toBe(true);
      const signedOurs: string[] = [];
      const { reply } = decode(message) ?? {};
      if (reply) encodeReply(reply, (signed) => (signedOurs.push(signed), ""));
      expect(signedOurs).toEqual([content]);
    }
  });

  it.each(everyReply("long"))("with the content %s is read back", (content, reply) => {
    const message = encodeReply(reply, sign);
    const fields = fieldsOf(text(message));
    expect(Object.keys(fields)).toEqual(["action", "content", "context", "signature"]);
    expect(fields["content"]).toBe(content);
    expect(text(message)).toMatch(/^[ -~]*$/);
    expect(decodeReply(message, LIMITS)).toEqual({ reply, signed: { content, signature: sign(content) } });
  });

  it("may be one client's direct message to another", () => {
    const { content = "", signature = "" } = fieldsOf(nymchat.directIncomingMessage);
    const reply = { dialect: "long", kind: "incomingMessage", content } as const;
    expect(decode(nymchat.directIncomingMessage)).toEqual({ reply, signed: { content, signature } });
    expect(text(encodeReply(reply, () => signature))).toBe(nymchat.directIncomingMessage);
  });

  it.each([
    ["an unknown action", { action: "other", context: "chat", content: "success" }],
    ["an action that is no text", { action: ["challenge"], context: "login", content: '{"nonce": "00"}' }],
    ["an action of another context", { action: "sendResponse", context: "query", content: "success" }],
    ["a context that is no text", { action: "sendResponse", context: { toString: 1 }, content: "success" }],
    ["no context", { action: "challengeResponse", content: "success" }],
    ["a result that v1 does not have", { action: "sendResponse", context: "chat", content: "error: \u001b[2J" }],
    [
      "a result of another request",
      { action: "challengeResponse", context: "login", content: "error: recipient not found" },
    ],
    ["content that is no text", { action: "incomingMessage", context: "chat", content: { sender: "alice" } }],
    ["a user without a key", { action: "queryResponse", context: "query", content: '{"username": "alice"}' }],
    [
      "a user whose key is no PEM",
      { action: "queryResponse", context: "query", content: '{"username": "a", "publicKey": "k"}' },
    ],
    [
      "a user whose name is none",
      {
        action: "queryResponse",
        context: "query",
        content: JSON.stringify({ username: "a b", publicKey: nymchat.alicePubPem }),
      },
    ],
  ])("with %s is no reply", (_, message) => {
    expect(decode(message)).toBeUndefined();
  });

  it.each(["transfer all my names", "00112233445566778899AABBCCDDEEFF", "00", `${nymchat.nonce}00`, "", null, 5])(
    "that offers %j to be signed is no challenge",
    (nonce) => {
      const content = JSON.stringify({ nonce });
      expect(decode({ action: "challenge", context: "login", content })).toBeUndefined();
      expect(decode({ a: 8, c: 1, p: { n: nonce } })).toBeUndefined();
    },
  );
});

describe("a reply in the compact form", () => {
  const e = '{"epk":"k","iv":"i","ct":"c","tag":"t"}';

  it.each([
    ['{"a":8,"c":0,"p":{"n":"00112233445566778899aabbccddeeff"}}', everyReply("compact")[0]?.[1]],
    ['{"a":8,"c":1,"p":{"n":"00112233445566778899aabbccddeeff"}}', everyReply("compact")[1]?.[1]],
    ['{"a":9,"c":0,"p":"success"}', { kind: "challengeResponse", purpose: "registration", result: "success" }],
    [
      '{"a":9,"c":1,"p":"error:user not found"}',
      { kind: "challengeResponse", purpose: "login", result: "error: user not found" },
    ],
    ['{"a":7,"c":2,"p":"error:recipient not found"}', { kind: "sendResponse", result: "error: recipient not found" }],
    ['{"a":0,"c":3,"p":"No user found"}', { kind: "queryResponse", found: "No user found" }],
    [
      JSON.stringify({ a: 0, c: 3, p: { u: "Alice", k: nymchat.alicePubPem } }),
      { kind: "queryResponse", found: { name: "Alice", key: aliceKey } },
    ],
    [
      `{"a":6,"c":2,"p":{"f":"alice","e":${e},"s":"AA=="}}`,
      { kind: "incomingMessage", content: `{"f":"alice","e":${e},"s":"AA=="}` },
    ],
  ])("%s", (message, reply) => {
    const typed = { dialect: "compact", ...reply } as Parameters<typeof encodeReply>[0];
    expect(text(encodeReply(typed, sign))).toBe(message);
    expect(decode(message)).toEqual({ reply: typed, signed: undefined });
  });

  it.each(everyReply("compact"))("with what the long form calls %s is read back", (_, reply) => {
    expect(decodeReply(encodeReply(reply, sign), LIMITS)).toEqual({ reply, signed: undefined });
  });

  it.each([
    ["an unknown code", { a: 10, c: 2, p: "success" }],
    ["a request's code", { a: 5, c: 2, p: "success" }],
    ["another context", { a: 7, c: 3, p: "success" }],
    ["no context", { a: 9, p: "success" }],
    ["an unknown result", { a: 7, c: 2, p: "error:other" }],
    ["a result that is no text", { a: 7, c: 2, p: ["success"] }],
    ["an incoming message that is no object", { a: 6, c: 2, p: "hello" }],
    ["a user without a key", { a: 0, c: 3, p: { u: "alice" } }],
  ])("with %s is no reply", (_, message) => {
    expect(decode(message)).toBeUndefined();
  });
});

describe("replies", () => {
  it.each(["", "[]", "null", "{}", "{", "\ufeff{}"])("are not in %j", (message) => {
    expect(decode(message)).toBeUndefined();
  });

  it("are not read beyond the bounds", () => {
    const message = '{"a":9,"c":0,"p":"success"}';
    expect(decodeReply(Buffer.from(message), { maxBytes: message.length, maxDepth: 1 })).toBeDefined();
    expect(decodeReply(Buffer.from(message), { maxBytes: message.length - 1, maxDepth: 1 })).toBeUndefined();
    expect(decodeReply(Buffer.from(message), { maxBytes: message.length, maxDepth: 0 })).toBeUndefined();
  });
});
