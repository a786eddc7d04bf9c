import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePayload, encodePayload, incomingContent } from "../../../../src/protocol/v1/incoming.js";
import { decodeContent } from "../../../../src/protocol/v1/message-content.js";
import type { Dialect } from "../../../../src/protocol/v1/reply.js";
import { aliceKey } from "../../../support/v1-replies.js";
import { nymchat } from "../../../support/v1-vectors.js";

const alice = { name: "Alice", key: aliceKey };

describe("what a recipient gets", () => {
  it("is in the long form sender, body and key as they were written", () => {
    const body = '{ "z" :1,"a":"\\u00E9é" }';
    expect(incomingContent({ dialect: "long", body, senderPublicKey: undefined }, alice)).toBe(
      `{"sender": "Alice", "body": ${body}}`,
    );
    const content = incomingContent(
      { dialect: "long", body, senderPublicKey: JSON.stringify(nymchat.alicePubPem) },
      alice,
    );
    expect(content).toBe(
      `{"sender": "Alice", "body": ${body}, "senderPublicKey": ${JSON.stringify(nymchat.alicePubPem)}}`,
    );
    expect(decodeContent(content)).toEqual({ sender: "Alice", body, senderKey: aliceKey });
  });

  it("is in the compact form the sender's text, and the key that the directory knows", () => {
    const e = '{ "epk":"k","iv":"i","ct":"é","tag":"t" }';
    expect(incomingContent({ dialect: "compact", e, s: '"A\\u0041=="', attachKey: false }, alice)).toBe(
      `{"f":"Alice","e":${e},"s":"A\\u0041=="}`,
    );
    expect(incomingContent({ dialect: "compact", e, s: '"AA=="', attachKey: true }, alice)).toBe(
      `{"f":"Alice","e":${e},"s":"AA==","pk":${JSON.stringify(nymchat.alicePubPem)}}`,
    );
  });
});

describe("a stored payload", () => {
  it("keeps dialect and content", () => {
    fc.assert(
      fc.property(fc.constantFrom<Dialect>("long", "compact"), fc.string({ unit: "binary" }), (dialect, content) => {
        expect(decodePayload(encodePayload(dialect, content))).toEqual({ dialect, content });
      }),
    );
  });

  it("begins with 0 for the long form, 1 for the compact one", () => {
    expect(encodePayload("long", "é")).toEqual(Buffer.from([0, 0xc3, 0xa9]));
    expect(encodePayload("compact", "")).toEqual(Buffer.from([1]));
  });

  it("of another kind is nothing that v1 knows", () => {
    expect(decodePayload(new Uint8Array([2, 0x7b]))).toBeUndefined();
    expect(decodePayload(new Uint8Array())).toBeUndefined();
  });
});
