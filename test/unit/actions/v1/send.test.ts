import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Decision } from "../../../../src/actions/action.js";
import { send } from "../../../../src/actions/v1/send.js";
import { decodePayload } from "../../../../src/protocol/v1/incoming.js";
import type { Bodies } from "../../../../src/protocol/v1/request.js";
import { replayOf, userByName } from "../../../../src/store/rows.js";
import { hourAfter } from "../../../../src/util/time.js";
import { alice, bob, context, loaded, mac, NOW, origin, parsed, settings, verified } from "../../../support/actions.js";

const signed = Buffer.from("what was signed");
const body: Bodies["send"] = {
  sender: "Alice",
  recipient: "BOB",
  signed,
  signature: new Uint8Array([1, 2, 3]),
  message: { dialect: "long", body: '{"x":  1}', senderPublicKey: undefined },
};
const both = loaded({ sender: alice, recipient: bob });
const digest = mac("replay", alice.id, createHash("sha256").update(signed).digest());
const result = (text: string) => ({ dialect: "long", kind: "sendResponse", result: text });

function decide(rows: Parameters<typeof send.decide>[1], request = body): Decision {
  return send.decide(verified(request, alice.keyVersion), rows, context);
}

describe("send", () => {
  it("stores the message, remembers it and refreshes the sender's own route", () => {
    const decision = decide(both);
    expect(decision).toEqual({
      reply: result("success"),
      refused: result("error: database failure"),
      changes: [
        { kind: "rememberReplay", digest, expires: hourAfter(NOW + settings.replayTtl) },
        {
          kind: "storeMessage",
          recipient: bob.id,
          origin: mac("origin", bob.id, alice.id),
          payload: expect.any(Uint8Array) as Uint8Array,
          expires: hourAfter(NOW + settings.messageTtl),
        },
        {
          kind: "refreshRoute",
          user: alice.id,
          keyVersion: alice.keyVersion,
          route: origin,
          expires: hourAfter(NOW + settings.routeTtl),
        },
      ],
    });
    const stored = decision.changes.find((change) => change.kind === "storeMessage");
    expect(stored && decodePayload(stored.payload)).toEqual({
      dialect: "long",
      content: '{"sender": "Alice", "body": {"x":  1}}',
    });
  });

  it("never moves a route", () => {
    for (const rows of [both, loaded({ sender: alice }), loaded({ ...both, replay: true })])
      expect(decide(rows).changes.map(({ kind }) => kind)).not.toContain("moveRoute");
  });

  it("stores a compact message in the compact form", () => {
    const message = { dialect: "compact", e: '{"epk":"k"}', s: '"AA=="', attachKey: false } as const;
    const request = verified({ ...body, message }, alice.keyVersion, "compact");
    const { changes, reply } = send.decide(request, both, context);
    const stored = changes.find((change) => change.kind === "storeMessage");
    expect(reply?.dialect).toBe("compact");
    expect(stored && decodePayload(stored.payload)).toEqual({
      dialect: "compact",
      content: '{"f":"Alice","e":{"epk":"k"},"s":"AA=="}',
    });
  });

  it("looks both users up whatever their case, and no name that nobody can have", () => {
    expect(send.reads(parsed(body), undefined)).toEqual({ sender: userByName("alice"), recipient: userByName("bob") });
    expect(send.reads(parsed({ ...body, sender: "a b", recipient: "x".repeat(65) }), undefined)).toEqual({});
  });

  it("knows a message by who signed what, in 16 bytes", () => {
    expect(digest).toHaveLength(16);
    expect(send.readsNext?.(parsed(body), both, context)).toMatchObject({ replay: replayOf(digest) });
    const resigned = { ...body, signature: new Uint8Array([9]) };
    expect(send.readsNext?.(parsed(resigned), both, context)).toMatchObject({ replay: replayOf(digest) });
    const others = [
      send.readsNext?.(parsed({ ...body, signed: Buffer.from("other") }), both, context),
      send.readsNext?.(parsed(body), loaded({ sender: bob, recipient: bob }), context),
    ];
    for (const other of others) expect(other).not.toMatchObject({ replay: replayOf(digest) });
  });

  it("answers success to what it knows, and changes nothing", () => {
    expect(decide(loaded({ ...both, replay: true }))).toEqual({ reply: result("success"), changes: [] });
    expect(decide(loaded({ sender: alice, replay: true }))).toEqual({ reply: result("success"), changes: [] });
  });

  it("must be signed with the sender's key as it is now", () => {
    expect(send.proof(parsed(body), both, context)).toEqual({
      kind: "signature",
      algorithm: "p256",
      key: alice.key,
      keyVersion: alice.keyVersion,
      message: signed,
      signature: body.signature,
    });
  });

  it.each([
    ["is nobody", body, loaded({ recipient: bob })],
    ["is written in another case", { ...body, sender: "alice" }, both],
  ])("whose sender %s is unrecognized, at the cost of a check", (_, request, rows) => {
    expect(send.proof(parsed(request), rows, context)).toMatchObject({ kind: "hopeless", algorithm: "p256" });
    expect(send.readsNext?.(parsed(request), rows, context)).toHaveProperty("replay");
    expect(send.unproven(parsed(request), rows)).toEqual({
      reply: result("error: unrecognized sender username"),
      changes: [],
    });
    expect(decide(rows, request).reply).toEqual(result("error: unrecognized sender username"));
  });

  it.each([
    ["to a recipient that exists", both],
    ["to nobody", loaded({ sender: alice })],
    ["that is known", loaded({ ...both, replay: true })],
  ])("%s with a bad signature says no more than that", (_, rows) => {
    expect(send.unproven(parsed(body), rows)).toEqual({ reply: result("error: invalid signature"), changes: [] });
  });

  it("of what has no UTF-8 form cannot be proven", () => {
    const request = { ...body, signed: undefined };
    expect(send.proof(parsed(request), both, context)).toMatchObject({ kind: "hopeless", algorithm: "p256" });
    expect(send.unproven(parsed(request), both).reply).toEqual(result("error: invalid signature"));
  });

  it("by a user whose key is not of v1 cannot be proven", () => {
    const rows = loaded({ sender: { ...alice, algorithm: "ed25519" as const }, recipient: bob });
    expect(send.proof(parsed(body), rows, context)).toMatchObject({ kind: "hopeless", algorithm: "p256" });
  });

  it("to nobody is told so once the signature holds, and is not remembered", () => {
    expect(decide(loaded({ sender: alice }))).toEqual({ reply: result("error: recipient not found"), changes: [] });
  });

  it("to oneself is a message like any other", () => {
    const { reply, changes } = decide(loaded({ sender: alice, recipient: alice }));
    expect(reply).toEqual(result("success"));
    expect(changes).toContainEqual(expect.objectContaining({ kind: "storeMessage", recipient: alice.id }));
  });

  it("says when the store fails", () => {
    expect(send.failed(parsed(body), "unavailable")).toEqual(result("error: database failure"));
  });
});
