import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveAddress } from "../../../../nym-client/loopback/identity.js";
import { addressToBytes } from "../../../../src/protocol/nym-client/address.js";
import { decodeBinaryRequest, encodeBinaryResponse } from "../../../../src/protocol/nym-client/binary-server.js";
import { decodeResponse, encodeRequest } from "../../../../src/protocol/nym-client/binary.js";
import type { ClientRequest, ClientResponse } from "../../../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../../../src/protocol/nym-client/sender-tag.js";

const alice = deriveAddress("test", "alice");
const bob = deriveAddress("test", "bob");

const recipient = fc.constantFrom(alice, bob);
const anyLane = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const lane = fc.option(anyLane, { nil: undefined });
const message = fc.uint8Array({ maxLength: 5_000 }).map((bytes) => Buffer.from(bytes));
const senderTag = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString("hex") as SenderTag);
const replySurbs = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const anyRequest: fc.Arbitrary<ClientRequest> = fc.oneof(
  fc.record({ type: fc.constant("send" as const), recipient, lane, message }),
  fc.record({ type: fc.constant("sendAnonymous" as const), recipient, replySurbs, lane, message }),
  fc.record({ type: fc.constant("reply" as const), senderTag, lane, message }),
  fc.constant({ type: "selfAddress" as const }),
  fc.record({ type: fc.constantFrom("closedConnection" as const, "laneQueueLength" as const), lane: anyLane }),
);

const anyResponse: fc.Arbitrary<ClientResponse> = fc.oneof(
  fc.record({ type: fc.constant("error" as const), kind: fc.integer({ min: 0, max: 255 }), message: fc.string() }),
  fc.record({ type: fc.constant("received" as const), senderTag: fc.option(senderTag, { nil: undefined }), message }),
  fc.record({ type: fc.constant("selfAddress" as const), address: recipient }),
  fc.record({ type: fc.constant("laneQueueLength" as const), lane: anyLane, length: anyLane }),
);

function refusal(frame: Buffer): string | undefined {
  const decoded = decodeBinaryRequest(frame);
  return decoded.type === "error" ? `${decoded.kind} ${decoded.message}` : undefined;
}

describe("binary frames at the client process", () => {
  test("a request is what our side encoded", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(decodeBinaryRequest(encodeRequest(request))).toEqual(request);
      }),
    );
  });

  test("an answer is what our side decodes", () => {
    fc.assert(
      fc.property(anyResponse, (answer) => {
        expect(decodeResponse(encodeBinaryResponse(answer))).toEqual(answer);
      }),
    );
  });

  test("any bytes are decoded or refused with one of the four kinds", () => {
    const bytes = fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 100, maxLength: 140 }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), bytes, (tag, rest) => {
        const decoded = decodeBinaryRequest(Buffer.from([tag, ...rest]));
        if (decoded.type === "error") expect([2, 3, 4]).toContain(decoded.kind);
      }),
    );
  });

  test.each([
    ["send", 1 + 96 + 16, "send"],
    ["sendAnonymous", 1 + 4 + 96 + 16, "send_anonymous"],
    ["reply", 1 + 16 + 16, "reply"],
  ] as const)("a short %s is refused up to %i bytes", (type, shortest, name) => {
    const tag = { send: 0, sendAnonymous: 1, reply: 2 }[type];
    const expected = `2 not enough data provided to recover '${name}'`;
    expect(refusal(Buffer.from([tag, ...Buffer.alloc(shortest - 2)]))).toBe(expected);
    expect(refusal(Buffer.from([tag, ...Buffer.alloc(shortest - 1)]))).not.toBe(expected);
  });

  test("a recipient must be made of keys", () => {
    const frame = encodeRequest({ type: "send", recipient: alice, lane: undefined, message: Buffer.from("x") });
    const notAPoint = Buffer.alloc(32, 2);
    const withKey = (at: number): Buffer => Buffer.concat([frame.subarray(0, at), notAPoint, frame.subarray(at + 32)]);
    const why = "signature error: Cannot decompress Edwards point";
    expect(refusal(withKey(1))).toBe(`4 malformed recipient: recipient's identity key is malformed: ${why}`);
    expect(refusal(withKey(33))).toBeUndefined();
    expect(refusal(withKey(65))).toBe(`4 malformed recipient: recipient gateway's identity key is malformed: ${why}`);
  });

  test("a length that is not that of the rest is refused, however large", () => {
    const frame = encodeRequest({ type: "send", recipient: alice, lane: 3, message: Buffer.from("abc") });
    frame.writeBigUInt64BE(2n ** 64n - 1n, 1 + 96 + 8);
    const expected = "4 data len has inconsistent length. specified: 18446744073709551615 got: 3";
    expect(refusal(frame)).toBe(expected);
  });

  test("connectionId 0 is none", () => {
    const frame = encodeRequest({ type: "send", recipient: bob, lane: undefined, message: Buffer.from("x") });
    expect(frame.readBigUInt64BE(1 + 96)).toBe(0n);
    expect(decodeBinaryRequest(frame)).toMatchObject({ lane: undefined });
  });

  test("a closed connection has nine bytes", () => {
    expect(refusal(Buffer.from("0400", "hex"))).toBe("4 The received closed connection has invalid length");
  });

  test("the address of an answer is the 96 bytes", () => {
    const frame = encodeBinaryResponse({ type: "selfAddress", address: alice });
    expect(frame).toEqual(Buffer.concat([Buffer.from([2]), addressToBytes(alice)]));
  });
});
