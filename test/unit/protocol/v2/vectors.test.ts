/** The vectors of v2's messages, as the directory's decoder and a client's meet them. */
import { describe, expect, it } from "vitest";
import { decode } from "../../../../src/pipeline/decode.js";
import { decodeReply } from "../../../../src/protocol/v2/reply-codec.js";
import { encodeRequest } from "../../../../src/protocol/v2/request-codec.js";
import type { V2Request } from "../../../../src/protocol/v2/request.js";
import vectors from "../../../vectors/v2-messages.json" with { type: "json" };

const LIMITS = { maxRequestBytes: 4096 };
const { requests, replies } = vectors;
const fromHex = (hex: string): Buffer => Buffer.from(hex, "hex");

describe("a request:", () => {
  it.each(requests.valid)("$what, is served", ({ message }) => {
    const incoming = decode(fromHex(message), LIMITS);
    if (!("work" in incoming) || incoming.work.action === undefined) throw new Error("not served");
    const request = incoming.work.body as V2Request;
    expect(incoming.kind).toBe(`v2.${request.action}`);
    expect(incoming.surbs).toBe(request.surbs);
    expect(Buffer.from(encodeRequest(request)).toString("hex")).toBe(message);
  });

  it.each(requests.refused)("$what, is refused", ({ message, action, result }) => {
    const id = new Uint8Array(16).fill(0x11);
    const refusal = { dialect: "v2", id, action: action ?? undefined, result };
    expect(decode(fromHex(message), LIMITS)).toMatchObject({ kind: `v2.${action ?? "unknown"}`, work: { refusal } });
  });

  it.each(requests.dropped.filter(({ message }) => /^[ab]/.test(message)))("$what, is dropped", ({ message }) => {
    expect(decode(fromHex(message), LIMITS)).toEqual({ drop: "dropped.malformed" });
  });

  it.each(requests.dropped)("$what, is none of either protocol", ({ message }) => {
    expect(decode(fromHex(message), LIMITS)).toHaveProperty("drop");
  });

  it("is dropped when it is too large, whatever it is", () => {
    const message = fromHex(requests.valid[0]?.message ?? "");
    expect(decode(message, { maxRequestBytes: message.length - 1 })).toEqual({ drop: "dropped.oversized" });
    expect(decode(message, { maxRequestBytes: message.length })).toHaveProperty("work");
  });
});

describe("a reply or a push:", () => {
  it.each(replies.valid)("$what, is read", ({ message }) => {
    expect(decodeReply(fromHex(message))?.dialect).toBe("v2");
  });

  it.each(replies.invalid)("$what, is none", ({ message }) => {
    expect(decodeReply(fromHex(message))).toBeUndefined();
  });
});
