/** Of v2, any message survives the way, no other bytes mean the same, and no bytes whatever throw. */
import { encode, rfc8949EncodeOptions } from "cborg";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeContactPayload } from "../../src/protocol/v2/contact-payload.js";
import {
  decodeItem,
  encodeGroupEventPayload,
  encodeGroupMessagePayload,
  encodeMessagePayload,
  encodePrekeyNoticePayload,
  encodeReceiptPayload,
} from "../../src/protocol/v2/payload.js";
import { decodeReply, encodePush, encodeReply, type ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import type { Item, V2Push } from "../../src/protocol/v2/reply.js";
import { decodeRequest, encodeRequest } from "../../src/protocol/v2/request-codec.js";
import { anyItem, anyPush, anyReply, anyRequest } from "../support/v2-arbitraries.js";

const LIMITS = { maxBytes: 65_536 };
const RUNS = 500;
const DIRECTORY = new Uint8Array(32).fill(7);

/** A reply as the directory sends it; the signature of a look-up is the one that it was received with. */
function sealed(reply: ReceivedReply | V2Push): Uint8Array {
  if (reply.action === "push") return encodePush(reply);
  const states = (reply.action === "lookup" || reply.action === "group") && reply.result === "ok";
  const signature = states ? reply.answer.signature : new Uint8Array(64);
  return encodeReply(reply, { directory: DIRECTORY, sign: () => signature });
}

const anyDown = fc.oneof(anyReply, anyPush);
const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));

function changed(message: Uint8Array, [at, by]: readonly [number, number], within = message.length): Uint8Array {
  const bytes = Uint8Array.from(message);
  bytes[at % within] = (bytes[at % within] ?? 0) ^ by;
  return bytes;
}

describe("a request", () => {
  it("arrives as it was sent", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(decodeRequest(encodeRequest(request), LIMITS)).toEqual({ ok: request });
      }),
      { numRuns: RUNS },
    );
  });

  it("with one byte changed is another request or none", () => {
    fc.assert(
      fc.property(anyRequest, change, (request, where) => {
        const decoded = decodeRequest(changed(encodeRequest(request), where), LIMITS);
        if (decoded.ok !== undefined) expect(decoded.ok).not.toEqual(request);
      }),
      { numRuns: 3 * RUNS },
    );
  });

  it("cut short, or with anything behind it, is none", () => {
    fc.assert(
      fc.property(anyRequest, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 }), (request, length, more) => {
        const message = encodeRequest(request);
        const dropped = { drop: "dropped.malformed" };
        expect(decodeRequest(message.subarray(0, length % message.length), LIMITS)).toEqual(dropped);
        expect(decodeRequest(Uint8Array.of(...message, ...more), LIMITS)).toEqual(dropped);
      }),
    );
  });

  it("has one form only: what is read is written the same", () => {
    fc.assert(
      fc.property(anyRequest, fc.array(change, { maxLength: 3 }), (request, changes) => {
        let message = encodeRequest(request);
        for (const where of changes) message = changed(message, where);
        const decoded = decodeRequest(message, LIMITS);
        if (decoded.ok !== undefined) expect(encodeRequest(decoded.ok)).toEqual(message);
      }),
      { numRuns: 3 * RUNS },
    );
  });
});

describe("a reply or a push", () => {
  it("arrives as it was sent", () => {
    fc.assert(
      fc.property(anyDown, (reply) => {
        expect(decodeReply(sealed(reply))).toEqual(reply);
      }),
      { numRuns: RUNS },
    );
  });

  it("with one byte changed, of the item or behind it, is another or none", () => {
    fc.assert(
      fc.property(anyDown, change, fc.boolean(), (reply, where, within) => {
        const message = sealed(reply);
        const end = message.findLastIndex((byte) => byte !== 0) + 1;
        expect(decodeReply(changed(message, where, within ? end : undefined))).not.toEqual(reply);
      }),
      { numRuns: RUNS },
    );
  });
});

const nearly = fc.tuple(
  fc.oneof(anyRequest.map(encodeRequest), anyDown.map(sealed)),
  fc.array(change, { maxLength: 6 }),
);
const key = fc.oneof(fc.nat(7), fc.nat(7), fc.integer(), fc.string({ maxLength: 3 }));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.nat(15),
    fc.integer(),
    fc.double(),
    fc.string({ maxLength: 10 }),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.constantFrom(16, 20, 32, 64).map((length) => new Uint8Array(length)),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
}));
/** Maps with the right keys and the beginning of an envelope, and any values. */
const envelopes = fc
  .tuple(fc.nat(15), fc.array(fc.tuple(fc.integer({ min: 3, max: 7 }), value), { maxLength: 5 }))
  .map(([action, fields]) => {
    const head = new Map<number, unknown>(
      Object.entries([2, action, new Uint8Array(16)]).map(([at, each]) => [Number(at), each]),
    );
    return encode(new Map([...head, ...fields]), rfc8949EncodeOptions);
  });

const inputs: [string, fc.Arbitrary<Uint8Array>][] = [
  ["any bytes", fc.uint8Array({ maxLength: 200 })],
  ["any bytes of a map", fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.of(0xa5, 0, 2, 1, ...bytes))],
  ["any CBOR", value.map((item) => encode(item, rfc8949EncodeOptions))],
  ["any envelope", envelopes],
  [
    "damaged messages",
    nearly.map(([message, changes]) => changes.reduce((bytes, where) => changed(bytes, where), message)),
  ],
];

describe.each(inputs)("of %s", (_, bytes) => {
  it("comes a request, a reply or silence; a reply or nothing; an item or nothing", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const before = Buffer.from(input);
        const decoded = decodeRequest(input, LIMITS);
        expect(Object.keys(decoded)).toHaveLength(1);
        if (decoded.reply !== undefined) expect(decodeReply(sealed(decoded.reply))).toEqual(decoded.reply);
        expect([undefined, "v2"]).toContain(decodeReply(input)?.dialect);
        expect([undefined, 5]).toContain(decodeItem(5, input)?.sequence);
        expect(before.equals(input)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});

function payloadOf(item: Exclude<Item, { readonly kind: "v1" }>): Uint8Array {
  switch (item.kind) {
    case "message":
      return encodeMessagePayload(item);
    case "receipt":
      return encodeReceiptPayload(item);
    case "contact":
      return encodeContactPayload(item);
    case "prekeys":
      return encodePrekeyNoticePayload(item.count);
    case "groupMessage":
      return Uint8Array.from(encodeGroupMessagePayload(item));
    case "groupEvent":
      return Uint8Array.from(encodeGroupEventPayload(item));
  }
}

describe("the stored form", () => {
  it("of an item is read as the item that it was", () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        if (item.kind === "v1") return;
        const payload = payloadOf(item);
        expect(decodeItem(item.sequence, payload)).toEqual(item);
      }),
    );
  });
});
