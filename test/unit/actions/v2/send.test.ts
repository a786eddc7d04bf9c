import { describe, expect, it } from "vitest";
import type { Decision } from "../../../../src/actions/action.js";
import { requestDigest } from "../../../../src/actions/v2/outcome.js";
import { send } from "../../../../src/actions/v2/send.js";
import { decodePayload } from "../../../../src/protocol/v1/incoming.js";
import { decodeItem } from "../../../../src/protocol/v2/payload.js";
import type { Bodies } from "../../../../src/protocol/v2/request.js";
import { SETTLED } from "../../../../src/store/changes.js";
import { userByName } from "../../../../src/store/rows.js";
import { hourAfter } from "../../../../src/util/time.js";
import { bob, context, mac, NOW, origin, settings } from "../../../support/actions.js";
import { arrived, carol, carolKey, named, proven, signed, testKey } from "../../../support/v2-requests.js";

const HOUR = 3_600_000;
const dave = { ...carol, id: 4 as typeof carol.id, name: "Dave", key: testKey("dave").der };
const body: Bodies["send"] = { recipient: named("DAVE"), body: Buffer.from("sealed"), receipt: false };
const both = { user: carol, recipient: dave, outcome: undefined, consent: undefined, challenge: undefined };

function sent(more: Partial<Bodies["send"]> = {}) {
  return signed("send", { ...body, ...more }, { key: carolKey, name: "carol" });
}

function decide(request = sent(), rows: Partial<Parameters<typeof send.decide>[1]> = {}): Decision {
  return send.decide(proven(request), { ...both, ...rows }, context);
}

function stored({ changes }: Decision) {
  return changes.find((change) => change.kind === "storeMessage");
}

const ok = (request = sent()) => ({ dialect: "v2", id: request.id, action: "send", result: "ok", answer: {} });

describe("send", () => {
  it("stores the message, remembers it as long as it may wait and longer, and refreshes the sender's own route", () => {
    const request = sent();
    const outcome = {
      id: mac("outcome", carol.id, request.id),
      expires: hourAfter(NOW + settings.messageTtl + settings.outcomeTtl),
    };
    const decision = decide(request);
    expect(decision).toEqual({
      reply: ok(),
      refused: { dialect: "v2", id: request.id, action: "send", result: "mailboxFull", after: 600 },
      changes: [
        { kind: "rememberOutcome", ...outcome, digest: requestDigest(request, mac), code: 100 },
        {
          kind: "storeMessage",
          recipient: dave.id,
          origin: mac("origin", dave.id, carol.id),
          payload: expect.any(Uint8Array) as Uint8Array,
          expires: hourAfter(NOW + settings.messageTtl),
          outcome,
        },
        {
          kind: "refreshRoute",
          user: carol.id,
          keyVersion: 1,
          route: origin,
          expires: hourAfter(NOW + settings.routeTtl),
        },
      ],
    });
    expect(decodeItem(5, stored(decision)?.payload ?? new Uint8Array())).toEqual({
      sequence: 5,
      kind: "message",
      sender: "Carol",
      keyVersion: 1,
      id: request.id,
      body: Uint8Array.from(body.body),
    });
  });

  it("looks both users up whatever their case", () => {
    expect(send.reads(arrived(sent()), undefined)).toEqual({
      user: userByName("carol"),
      recipient: userByName("dave"),
    });
  });

  it("asks for a receipt only when it says so", () => {
    expect(stored(decide())).not.toHaveProperty("receipt");
    expect(stored(decide(sent({ receipt: true })))).toMatchObject({ receipt: { to: carol.id, id: sent().id } });
  });

  it.each([
    [1, 1],
    [48, 48],
    [49, 48],
    [Number.MAX_SAFE_INTEGER, 48],
  ])("that may wait %d hours waits %d", (hours, waits) => {
    expect(stored(decide(sent({ hours })))).toMatchObject({
      expires: hourAfter(NOW + waits * HOUR),
      outcome: { expires: hourAfter(NOW + waits * HOUR + settings.outcomeTtl) },
    });
  });

  it("of the largest body is stored, of one byte more refused", () => {
    expect(stored(decide(sent({ body: new Uint8Array(settings.maxBodyBytes) })))).toBeDefined();
    expect(decide(sent({ body: new Uint8Array(settings.maxBodyBytes + 1) }))).toMatchObject({
      reply: { result: "tooLarge" },
      changes: [],
    });
  });

  it("to nobody is told so, and not remembered", () => {
    expect(decide(sent(), { recipient: undefined })).toMatchObject({ reply: { result: "notFound" }, changes: [] });
  });

  it("to oneself is a message like any other", () => {
    expect(stored(decide(sent(), { recipient: carol }))).toMatchObject({ recipient: carol.id });
  });

  it.each([100, ...Object.values(SETTLED)])("that is known, with code %d, is answered as it was", (code) => {
    const request = sent();
    const outcome = { digest: requestDigest(request, mac), code };
    expect(decide(request, { outcome })).toEqual({ reply: ok(), changes: [] });
    expect(decide(request, { outcome, recipient: undefined })).toEqual({ reply: ok(), changes: [] });
  });

  it.each([
    ["another body", { body: Buffer.from("other") }],
    ["another recipient", { recipient: named("carol") }],
    ["another time to wait", { hours: 1 }],
    ["a receipt", { receipt: true }],
  ])("with the id of one that it repeats with %s is refused", (_, more) => {
    const outcome = { digest: requestDigest(sent(), mac), code: 100 };
    expect(decide(sent(more), { outcome })).toMatchObject({ reply: { result: "idReused" }, changes: [] });
  });
});

describe("send, to a v1 user", () => {
  const to = (text: string | Uint8Array) =>
    decide(sent({ recipient: named("bob"), body: typeof text === "string" ? Buffer.from(text) : text }), {
      recipient: bob,
    });

  it.each(['"hi"', "null", " [1,  2]\n", '{"encryptedPayload": {"b": 1.0, "a": "\\u00e9é"}}', "-0"])(
    "stores %s as the message of a v1 user, to the letter",
    (text) => {
      expect(decodePayload(stored(to(text))?.payload ?? new Uint8Array())).toEqual({
        dialect: "long",
        content: `{"sender": "Carol", "body": ${text}}`,
      });
    },
  );

  it.each([
    ["empty", ""],
    ["no JSON", "hi"],
    ["two values", "1 2"],
    ["not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
    ["JSON behind a byte order mark", "\ufeff1"],
    ["nested too deep", "[".repeat(65) + "]".repeat(65)],
    ["cut off", '{"sender": "mallory"'],
    ["what would break out of the message", '1, "sender": "mallory"'],
  ])("refuses a body that is %s", (_, text) => {
    expect(to(text)).toMatchObject({ reply: { result: "recipientV1" }, changes: [] });
  });
});
