import { describe, expect, it } from "vitest";
import type { Decision } from "../../../../src/actions/action.js";
import type { Challenge } from "../../../../src/actions/challenge.js";
import { register } from "../../../../src/actions/v1/register.js";
import type { Reply } from "../../../../src/protocol/v1/reply.js";
import { registrationsStopped } from "../../../../src/store/operators.js";
import { heldName, userByName } from "../../../../src/store/rows.js";
import type { User } from "../../../../src/store/rows.js";
import {
  alice,
  context,
  loaded,
  parsed,
  pendingLogin,
  pendingRegistration,
  settings,
  verified,
} from "../../../support/actions.js";
import { aliceKey, bobKey } from "../../../support/v1-replies.js";
import { nymchat } from "../../../support/v1-vectors.js";

type Rows = { readonly user?: User; readonly held?: true; readonly stopped?: true; readonly challenge?: Challenge };

function ask(name: string, key: Uint8Array | undefined, rows: Rows = {}): Decision {
  return register.decide(verified({ name, key }, 0), loaded(rows), context);
}

function resultOf({ reply }: Decision): string | undefined {
  return reply && "result" in reply ? reply.result : undefined;
}

const challenge: Reply = { dialect: "long", kind: "challenge", purpose: "registration", nonce: nymchat.nonce };

describe("register", () => {
  it("offers a nonce for a name and key, and takes nothing yet", () => {
    expect(ask("Alice", aliceKey)).toEqual({
      reply: challenge,
      changes: [],
      challenge: {
        issue: {
          purpose: "registration",
          nonce: nymchat.nonce,
          lasts: settings.challengeTtl,
          key: aliceKey,
          name: "Alice",
        },
      },
    });
  });

  it("offers a nonce of 32 lowercase hex characters", () => {
    const random = (bytes: number) => Buffer.alloc(bytes, 0xab);
    const { reply } = register.decide(verified({ name: "a", key: aliceKey }, 0), loaded({}), { ...context, random });
    expect(reply).toMatchObject({ nonce: "ab".repeat(16) });
  });

  it("answers in the dialect of the request", () => {
    const { reply } = register.decide(verified({ name: "a", key: aliceKey }, 0, "compact"), loaded({}), context);
    expect(reply?.dialect).toBe("compact");
  });

  it("needs no proof, and looks the name up whatever its case", () => {
    expect(register.proof(parsed({ name: "Alice", key: aliceKey }), loaded({}), context)).toEqual({ kind: "none" });
    expect(register.reads(parsed({ name: "AlicE", key: aliceKey }), undefined)).toEqual({
      user: userByName("alice"),
      held: heldName("alice"),
      stopped: registrationsStopped(),
    });
  });

  it.each(["a", "A-Z_09", "-", "__proto__", "constructor", "toString", "x".repeat(64)])("takes the name %s", (name) => {
    expect(ask(name, aliceKey).reply).toEqual(challenge);
  });

  it.each([
    "a b",
    "alice\n",
    " alice",
    "älice",
    "al.ice",
    "ali\u0000ce",
    "\u212aelvin",
    "alice\ud800",
    "x".repeat(65),
    "x".repeat(100_000),
  ])("refuses the name %j without a look-up", (name) => {
    expect(resultOf(ask(name, aliceKey))).toBe("error: invalid username format");
    expect(register.reads(parsed({ name, key: aliceKey }), undefined)).toEqual({});
  });

  it("refuses a name in use, also in another case, before any challenge", () => {
    for (const name of ["Alice", "alice", "ALICE"]) {
      expect(ask(name, aliceKey, { user: alice })).toEqual({
        reply: {
          dialect: "long",
          kind: "challengeResponse",
          purpose: "registration",
          result: "error: username already in use",
        },
        changes: [],
      });
    }
  });

  it("refuses a name that is held or reserved by the operator as if it were in use", () => {
    expect(resultOf(ask("alice", aliceKey, { held: true }))).toBe("error: username already in use");
    expect(resultOf(ask("alice", aliceKey, { held: true, stopped: true }))).toBe("error: username already in use");
  });

  it("says that it cannot be done now while registrations are stopped, and issues no challenge", () => {
    const decision = ask("alice", aliceKey, { stopped: true });
    expect(resultOf(decision)).toBe("error: database failure");
    expect(decision).not.toHaveProperty("challenge");
  });

  it.each(["admin", "Admin", "ADMIN"])("refuses the reserved name %s as if it were in use", (name) => {
    expect(resultOf(ask(name, aliceKey))).toBe("error: username already in use");
  });

  it.each([
    ["is no PEM", undefined],
    ["is no key", new Uint8Array(91)],
    ["is cut off", aliceKey.subarray(0, 90)],
  ])("refuses a key that %s, after all that concerns the name", (_, key) => {
    expect(resultOf(ask("alice", key))).toBe("error: signature verification failed");
    expect(resultOf(ask("al ice", key))).toBe("error: invalid username format");
    expect(resultOf(ask("alice", key, { user: alice }))).toBe("error: username already in use");
  });

  it("offers the same nonce when the same request is repeated", () => {
    const repeated = { ...pendingRegistration, nonce: "ff".repeat(16) };
    expect(ask("Alice", Uint8Array.from(aliceKey), { challenge: repeated })).toEqual({
      reply: { ...challenge, nonce: repeated.nonce },
      changes: [],
    });
  });

  it.each([
    ["another key", "Alice", bobKey, pendingRegistration],
    ["another name", "Alicia", aliceKey, pendingRegistration],
    ["the name in another case", "alice", aliceKey, pendingRegistration],
    ["a login", "Alice", aliceKey, pendingLogin],
  ])("offers a fresh nonce when what is pending is for %s", (_, name, key, pending) => {
    const challengeOf = { ...pending, nonce: "ff".repeat(16) };
    expect(ask(name, key, { challenge: challengeOf }).challenge).toMatchObject({
      issue: { nonce: nymchat.nonce, name, key },
    });
  });

  it("says when the store fails", () => {
    expect(register.failed(parsed({ name: "alice", key: aliceKey }), "unavailable")).toMatchObject({
      result: "error: database failure",
    });
  });
});
