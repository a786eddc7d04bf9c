import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveAddress } from "../../../../nym-client/loopback/identity.js";
import { decodeTextRequest, encodeTextResponse } from "../../../../src/protocol/nym-client/text-server.js";

const alice = deriveAddress("test", "alice");
const [identity = "", rest = ""] = alice.split(".");
const [key = "", gateway = ""] = rest.split("@");

/** The refusal of a text, which is always kind 4; `undefined` when there is none. */
function refusal(text: string): string | undefined {
  const decoded = decodeTextRequest(text);
  if (decoded.type !== "error") return undefined;
  expect(decoded.kind).toBe(4);
  return decoded.message;
}

describe("text frames at the client process", () => {
  test("each request has its fields, and unknown ones are ignored", () => {
    expect(decodeTextRequest(JSON.stringify({ message: "é", recipient: alice, type: "send", x: [{}] }))).toEqual({
      type: "send",
      recipient: alice,
      lane: undefined,
      message: Buffer.from("é"),
    });
    const anonymous = { type: "sendAnonymous", message: "", recipient: alice, replySurbs: 7, connectionId: 5 };
    expect(decodeTextRequest(JSON.stringify(anonymous))).toEqual({
      type: "sendAnonymous",
      recipient: alice,
      replySurbs: 7,
      lane: 5,
      message: Buffer.alloc(0),
    });
    const reply = { type: "reply", senderTag: "7YBLhgDnVQQhbsZvGCwVw9", message: "m", connectionId: null };
    expect(decodeTextRequest(JSON.stringify(reply))).toMatchObject({ type: "reply", lane: undefined });
    expect(decodeTextRequest('{"type":"selfAddress","message":5}')).toEqual({ type: "selfAddress" });
  });

  test("connectionId 0 is lane 0", () => {
    const text = JSON.stringify({ type: "send", message: "m", recipient: alice, connectionId: 0 });
    expect(decodeTextRequest(text)).toMatchObject({ lane: 0 });
  });

  test.each([
    ["", "EOF while parsing a value at line 1 column 0"],
    ["{", "EOF while parsing an object at line 1 column 1"],
    ['{"type"', "EOF while parsing an object at line 1 column 7"],
    ['{"type":', "EOF while parsing a value at line 1 column 8"],
    ['{"type":"sel', "EOF while parsing a string at line 1 column 12"],
    ['{"type":"selfAddress"', "EOF while parsing an object at line 1 column 21"],
    ['{"type":"selfAddress",}', "trailing comma at line 1 column 23"],
    ['{"type" "selfAddress"}', "expected `:` at line 1 column 9"],
    ['{"type":"selfAddress" "x":1}', "expected `,` or `}` at line 1 column 23"],
    ['{"type":"selfAddress"} x', "trailing characters at line 1 column 24"],
    ["{5:1}", "key must be a string at line 1 column 2"],
    ['{"x":[1,],"type":"selfAddress"}', "trailing comma at line 1 column 9"],
    ['{"x":[1 2]}', "expected `,` or `]` at line 1 column 9"],
    ['{"x":[', "EOF while parsing a list at line 1 column 6"],
    ['{"x":01}', "invalid number at line 1 column 7"],
    ['{"x":-}', "invalid number at line 1 column 7"],
    ['{"x":1.}', "invalid number at line 1 column 8"],
    ['{"x":1e400}', "number out of range at line 1 column 10"],
    ['{"x":+1}', "expected value at line 1 column 6"],
    ['{"x":tru}', "expected ident at line 1 column 9"],
    ['{"x":"\\q"}', "invalid escape at line 1 column 8"],
    ['{"x":"\\ud800"}', "unexpected end of hex escape at line 1 column 13"],
    ['{"x":"\\udc00"}', "lone leading surrogate in hex escape at line 1 column 12"],
    ['{"x":"\n"}', "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0"],
    ['{\n  "é":?}', "expected value at line 2 column 8"],
    ["[]", "invalid type: sequence, expected internally tagged enum ClientRequestText at line 1 column 2"],
    ["5", "invalid type: integer `5`, expected internally tagged enum ClientRequestText at line 1 column 1"],
    ["{}", "missing field `type` at line 1 column 2"],
    ['{"type":7}', "invalid type: integer `7`, expected variant identifier at line 1 column 9"],
    ['{"type":"selfAddress","type":"x"}', "duplicate field `type` at line 1 column 29"],
    ['{"type":"send"}', "missing field `message`"],
    ['{"type":"send","message":"m"}', "missing field `recipient`"],
    ['{"type":"sendAnonymous","message":"m"}', "missing field `recipient`"],
    ['{"type":"reply","message":"m"}', "missing field `senderTag`"],
    ['{"type":"send","message":5}', "invalid type: integer `5`, expected a string"],
    ['{"type":"send","message":null}', "invalid type: null, expected a string"],
    ['{"type":"send","message":{}}', "invalid type: map, expected a string"],
    ['{"type":"send","message":"a","message":"b"}', "duplicate field `message`"],
    ['{"type":"send","connectionId":-1}', "invalid value: integer `-1`, expected u64"],
    ['{"type":"send","connectionId":"1"}', 'invalid type: string "1", expected u64'],
    ['{"type":"send","connectionId":true}', "invalid type: boolean `true`, expected u64"],
    ['{"type":"sendAnonymous","replySurbs":4294967296}', "invalid value: integer `4294967296`, expected u32"],
    ['{"type":"sendAnonymous","replySurbs":1.5}', "invalid type: floating point `1.5`, expected u32"],
    ['{"type":"sendAnonymous","replySurbs":null}', "invalid type: null, expected u32"],
  ])("%j is refused", (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  const encryptionKey = "recipient's encryption key is malformed:";
  test.each([
    ["a@b@c", "recipient is malformed - the string address does not contain exactly a single '@' character "],
    ["a@b", "recipient is malformed - the string address does not contain exactly a single '.' character "],
    [
      `0.${key}@${gateway}`,
      "recipient's identity key is malformed: the base58 representation of the public key was malformed - " +
        "provided string contained invalid character '0' at byte 0",
    ],
    [`2.${key}@${gateway}`, "recipient's identity key is malformed: could not convert slice to array"],
    [`${identity}.22@${gateway}`, `${encryptionKey} received public key of invalid size. Got: 1, expected: 32`],
    [
      `${identity}.2é@${gateway}`,
      `${encryptionKey} the base58 representation of the public key was malformed - ` +
        "provided string contained non-ascii character starting at byte 1",
    ],
    [`${identity}.${key}@2`, "recipient gateway's identity key is malformed: could not convert slice to array"],
  ])("recipient %j is refused", (recipient, expected) => {
    expect(refusal(JSON.stringify({ type: "send", message: "m", recipient }))).toBe(expected);
  });

  test("a tag must have 16 bytes", () => {
    const expected = "Decoded AnonymousSenderTag has invalid length. Expected 16, but got 1";
    expect(refusal(JSON.stringify({ type: "reply", message: "m", senderTag: "22" }))).toBe(expected);
  });

  test("nesting has an end", () => {
    const nested = (depth: number): string => `{"type":"selfAddress","x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(refusal(nested(126))).toBeUndefined();
    expect(refusal(nested(127))).toMatch(/^recursion limit exceeded at line 1 column \d+$/);
    expect(refusal(nested(1_000_000))).toMatch(/^recursion limit exceeded/);
  });

  test("any JSON that is not a request is refused, and so is any other text", () => {
    const text = fc.oneof(fc.json(), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(text, (notARequest) => {
        expect(refusal(notARequest)).toBeTypeOf("string");
      }),
    );
  });

  test("what stands beside the known fields is read as JSON.parse reads it", () => {
    const almostJson = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "]", "}", "\\", "0", "-", ".", "e", " ", "t"))
      .map(([text, at, extra]) => text.slice(0, at % text.length) + extra + text.slice((at % text.length) + 1));
    fc.assert(
      fc.property(fc.oneof(fc.json(), almostJson), (text) => {
        const request = `{"x":${text},"type":"selfAddress"}`;
        const message = refusal(request);
        if (message?.includes("surrogate") === true || message?.includes("out of range") === true) return;
        if (message?.startsWith("duplicate field") === true || message?.includes("hex escape") === true) return;
        expect(message === undefined, message).toBe(parses(request));
      }),
    );
  });

  test("answers are JSON as the client writes it", () => {
    const received = {
      type: "received",
      senderTag: undefined,
      message: Buffer.from('a"\n\u0001\u2028', "utf8"),
    } as const;
    expect(encodeTextResponse(received)).toBe('{"type":"received","message":"a\\"\\n\\u0001\u2028","senderTag":null}');
    expect(encodeTextResponse({ type: "laneQueueLength", lane: 3, length: 4 })).toBe(
      '{"type":"laneQueueLength","lane":3,"queue_length":4}',
    );
    expect(encodeTextResponse({ type: "error", kind: 1, message: "m" })).toBe(
      '{"type":"error","message":"received request contained no data:m"}',
    );
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
