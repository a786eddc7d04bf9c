import { describe, expect, it, test } from "vitest";
import { replyPackets } from "../../../../src/protocol/packets.js";
import { decodeReply, encodePush, encodeReply } from "../../../../src/protocol/v2/reply-codec.js";
import type { V2Push, V2Reply } from "../../../../src/protocol/v2/reply.js";
import { statementText } from "../../../../src/protocol/v2/signed-texts.js";
import { verifyEd25519 } from "../../../../src/protocol/v2/ed25519.js";
import { requestId, testKey } from "../../../support/v2-requests.js";
import { messages, pushBytes } from "../../../support/v2-sizes.js";

const directory = testKey("directory");
const signer = { directory: directory.raw, sign: directory.sign };
const id = requestId("any");
const bob = { name: "Bob", algorithm: "ed25519", key: testKey("bob").raw, keyVersion: 1 } as const;

function lookup(user: typeof bob | undefined): V2Reply {
  return { dialect: "v2", id, action: "lookup", result: "ok", answer: { name: "bob", hour: 500_000, user } };
}

function pushOf(bytes: number): V2Push {
  return {
    dialect: "v2",
    action: "push",
    id: requestId("latest"),
    items: messages(1, "bob", bytes),
    more: false,
    fullSince: undefined,
  };
}

describe("padding", () => {
  it("fills whole packets with zero bytes, and adds none to what fills them already", () => {
    const empty = pushBytes(messages(1, "bob", 1000)) - 1000;
    const lengths = [1601, 1602, 3205, 3206, 4809, 4810].map((bytes) => encodePush(pushOf(bytes - empty)).length);
    expect(lengths).toEqual([1601, 3205, 3205, 4809, 4809, 6413]);
    expect(lengths.map(replyPackets)).toEqual([1, 2, 2, 3, 3, 4]);
  });

  it("makes the answers to look-ups equally long: a user, nobody, and any refusal", () => {
    const refusal: V2Reply = { dialect: "v2", id, action: "lookup", result: "limited", after: 5 };
    const lengths = [lookup(bob), lookup(undefined), refusal].map((reply) => encodeReply(reply, signer).length);
    expect(new Set(lengths)).toEqual(new Set([1601]));
  });
});

describe("what a look-up states", () => {
  it.each([
    ["a user", bob],
    ["nobody", undefined],
  ] as const)("of %s is signed by the directory", async (_, user) => {
    const reply = decodeReply(encodeReply(lookup(user), signer));
    if (reply?.action !== "lookup" || reply.result !== "ok") throw new Error("no statement");
    const { signature, ...statement } = reply.answer;
    expect(statement).toEqual({ name: "bob", hour: 500_000, user });
    expect(await verifyEd25519(signature, statementText(directory.raw, statement), directory.raw)).toBe(true);
    const another = statementText(directory.raw, { ...statement, hour: 500_001 });
    expect(await verifyEd25519(signature, another, directory.raw)).toBe(false);
  });
});

test("replies that state nothing are not signed", () => {
  const sign = (): never => {
    throw new Error("signed");
  };
  const reply: V2Reply = { dialect: "v2", id, action: "send", result: "ok", answer: {} };
  expect(decodeReply(encodeReply(reply, { ...signer, sign }))).toEqual(reply);
});
