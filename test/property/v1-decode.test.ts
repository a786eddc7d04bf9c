import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeReply } from "../../src/protocol/v1/decode-reply.js";
import { decodeV1Request } from "../../src/protocol/v1/decode.js";
import { anyJson } from "../support/json-text.js";

const LIMITS = { maxBytes: 4096, maxDepth: 8 };
const RUNS = 3000;

const scalar = fc.oneof(
  fc.constantFrom("", "alice", "__proto__", "00", "{}", "[1]", "null", '{"sender": "a", "recipient": "b"}', "\ud800"),
  fc.constantFrom(null, true, false, 0, 5, -1, 1e300),
  fc.string({ maxLength: 20 }),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom("u", "k", "s", "f", "to", "e", "epk", "iv", "ct", "tag"), scalar),
);
const field = fc.constantFrom(
  ..."action username usernym publicKey signature content context a c p target field value __proto__".split(" "),
);
const action = fc.constantFrom(
  ..."query register registrationResponse login loginResponse send update createGroup challenge".split(" "),
);
const context = fc.constantFrom<unknown>("registration", "login", "query", "chat", 0, 1, 2, 3);

/** JSON that looks like a message: right names, any values. */
const message = fc
  .tuple(
    fc.dictionary(field, value),
    fc.option(action),
    fc.option(fc.integer({ min: -1, max: 10 })),
    fc.option(context),
  )
  .map(([fields, name, code, about]) => {
    const chosen = { ...(name !== null && { action: name }), ...(code !== null && { a: code }) };
    return JSON.stringify({ ...fields, ...chosen, ...(about !== null && { context: about, c: about }) });
  });

/** Bytes of a message with some of them changed. */
const damaged = fc
  .tuple(message, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
  .map(([text, changes]) => {
    const bytes = Buffer.from(text);
    for (const [at, to] of changes) if (bytes.length > 0) bytes[at % bytes.length] = to;
    return bytes;
  });

const inputs: [string, fc.Arbitrary<Uint8Array>][] = [
  ["any bytes", fc.uint8Array({ maxLength: 200 })],
  ["any JSON", anyJson.map((text) => Buffer.from(text))],
  [
    "any JSON in the place of content",
    anyJson.map((content) => Buffer.from(JSON.stringify({ action: "send", content, signature: "00" }))),
  ],
  ["any JSON in the place of a compact payload", anyJson.map((p) => Buffer.from(`{"a":5,"p":${p}}`))],
  ["messages of any kind", message.map((text) => Buffer.from(text))],
  ["damaged messages", damaged],
];

describe.each(inputs)("of %s", (_, bytes) => {
  it("becomes a request, a reply or silence", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const before = Buffer.from(input);
        const decoded = decodeV1Request(input, LIMITS);
        expect(Object.keys(decoded).filter((key) => key !== "action")).toHaveLength(1);
        expect(decoded.ok ?? decoded.reply ?? decoded.drop).toBeDefined();
        expect(before.equals(input)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it("becomes a reply or nothing to a client", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const decoded = decodeReply(input, LIMITS);
        expect(decoded === undefined || typeof decoded.reply.kind === "string").toBe(true);
      }),
      { numRuns: RUNS / 2 },
    );
  });
});
