import { describe, expect, it } from "vitest";
import type { DecisionContext } from "../../../../src/actions/action.js";
import { isChallengeFor } from "../../../../src/actions/v2/challenge.js";
import { register } from "../../../../src/actions/v2/register.js";
import { registrationsStopped } from "../../../../src/store/operators.js";
import { heldName, userByName } from "../../../../src/store/rows.js";
import { alice, context, NOW, origin, routeOf, settings } from "../../../support/actions.js";
import {
  anonymous,
  arrived,
  carol,
  carolKey,
  contextAt,
  named,
  proven,
  testKey,
} from "../../../support/v2-requests.js";

const free = { user: undefined, held: undefined, stopped: undefined, challenge: undefined };
const request = anonymous("register", { name: named("Carol"), key: carolKey.raw });

function ask(name: string, key = carolKey.raw, rows: Parameters<typeof register.decide>[1] = free, of = context) {
  const decision = register.decide(proven(anonymous("register", { name: named(name), key })), rows, of);
  expect(decision.changes).toEqual([]);
  return decision.reply;
}

function challengeOf(of: DecisionContext = context): Uint8Array {
  const reply = ask("Carol", carolKey.raw, free, of);
  if (reply?.dialect !== "v2" || reply.result !== "ok" || reply.action !== "register") throw new Error("no challenge");
  return reply.answer.challenge;
}

describe("register", () => {
  it("looks up whose the name is, and whether it is held", () => {
    expect(register.reads(arrived(request), undefined)).toEqual({
      user: userByName("carol"),
      held: heldName("carol"),
      stopped: registrationsStopped(),
    });
    expect(register.proof(arrived(request), free, context)).toEqual({ kind: "none", newKeys: [carolKey.raw] });
  });

  it.each([
    ["is a user's", "carol", { ...free, user: carol }],
    ["is a v1 user's", "ALICE", { ...free, user: alice }],
    ["is held", "carol", { ...free, held: true as const }],
    ["is reserved", "Admin", free],
  ])("refuses a name that %s, whatever the key", (_, name, rows) => {
    for (const key of [carolKey.raw, new Uint8Array(32)])
      expect(ask(name, key, rows)).toMatchObject({ result: "nameUnavailable" });
  });

  it("says when registrations are stopped, and of no name whether it is free", () => {
    for (const name of ["Carol", "admin"]) {
      const reply = ask(name, carolKey.raw, { ...free, user: carol, stopped: true });
      expect(reply).toMatchObject({ result: "unavailable", after: 600 });
    }
  });

  it.each([
    ["is the identity", Buffer.from(`01${"00".repeat(31)}`, "hex")],
    ["is zero", new Uint8Array(32)],
    ["is not canonical", Buffer.from(`ee${"ff".repeat(30)}7f`, "hex")],
    ["has a torsion part", Buffer.from("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "hex")],
  ])("refuses a key that %s", (_, key) => {
    expect(ask("carol", key)).toMatchObject({ result: "keyInvalid" });
  });

  it("answers 20 bytes, of which the first four are the second in which they expire", () => {
    const challenge = challengeOf();
    expect(challenge).toHaveLength(20);
    expect(Buffer.from(challenge).readUInt32BE()).toBe((NOW + settings.challengeTtl) / 1000);
  });

  it("answers the same to the same request, and keeps nothing", () => {
    expect(challengeOf()).toEqual(challengeOf());
    expect(register.decide(proven(request), free, context)).not.toHaveProperty("challenge");
  });
});

describe("a challenge", () => {
  const use = { purpose: "registration", name: named("carol"), key: carolKey.raw, origin } as const;

  it("is good for its purpose, name, key and origin, until it expires", () => {
    const challenge = challengeOf();
    expect(isChallengeFor(use, challenge, context)).toBe(true);
    expect(isChallengeFor(use, challenge, contextAt(NOW + settings.challengeTtl - 1))).toBe(true);
    expect(isChallengeFor(use, challenge, contextAt(NOW + settings.challengeTtl))).toBe(false);
  });

  it.each([
    ["purpose", { ...use, purpose: "login" as const }],
    ["name", { ...use, name: named("carole") }],
    ["key", { ...use, key: testKey("another").raw }],
    ["tag", { ...use, origin: routeOf("bb") }],
    ["Nym client", { ...use, origin: { ...origin, client: "another" } }],
  ])("is good for no other %s", (_, other) => {
    expect(isChallengeFor(other, challengeOf(), context)).toBe(false);
  });

  it("outlives a loss of SURBs", () => {
    expect(isChallengeFor({ ...use, origin: { ...origin, incarnation: 9 } }, challengeOf(), context)).toBe(true);
  });

  it("is good with no bit changed, longer or shorter", () => {
    const challenge = challengeOf();
    for (let bit = 0; bit < 160; bit++) {
      const spoilt = Uint8Array.from(challenge);
      spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isChallengeFor(use, spoilt, context), `bit ${bit}`).toBe(false);
    }
    for (const other of [new Uint8Array(), challenge.subarray(0, 3), challenge.subarray(0, 19), [...challenge, 0]])
      expect(isChallengeFor(use, Uint8Array.from(other), context)).toBe(false);
  });
});
