import { describe, expect, it } from "vitest";
import { login } from "../../../../src/actions/v1/login.js";
import { userByName } from "../../../../src/store/rows.js";
import {
  alice,
  bob,
  context,
  loaded,
  parsed,
  pendingLogin,
  pendingRegistration,
  settings,
  verified,
} from "../../../support/actions.js";
import { nymchat } from "../../../support/v1-vectors.js";

const request = verified({ name: "aLICE" }, 0);
const challenge = { dialect: "long", kind: "challenge", purpose: "login", nonce: nymchat.nonce };

describe("login", () => {
  it("offers a nonce for the key that is registered now", () => {
    expect(login.decide(request, loaded({ user: alice }), context)).toEqual({
      reply: challenge,
      changes: [],
      challenge: {
        issue: {
          purpose: "login",
          nonce: nymchat.nonce,
          lasts: settings.challengeTtl,
          key: alice.key,
          name: "aLICE",
          user: alice.id,
          keyVersion: alice.keyVersion,
        },
      },
    });
  });

  it("folds case, and looks up no name that nobody can have", () => {
    expect(login.reads(request, undefined)).toEqual({ user: userByName("alice") });
    for (const name of ["\u212aelvin", "a b", "x".repeat(65)])
      expect(login.reads(parsed({ name }), undefined)).toEqual({});
  });

  it("says that there is no such user", () => {
    expect(login.decide(request, loaded({}), context)).toEqual({
      reply: { dialect: "long", kind: "challengeResponse", purpose: "login", result: "error: user not found" },
      changes: [],
    });
  });

  it("offers the same nonce when the same request is repeated", () => {
    const pending = { ...pendingLogin, nonce: "ff".repeat(16) };
    expect(login.decide(request, loaded({ user: alice, challenge: pending }), context)).toEqual({
      reply: { ...challenge, nonce: pending.nonce },
      changes: [],
    });
  });

  it.each([
    ["another user", bob, pendingLogin],
    ["an older key", { ...alice, keyVersion: alice.keyVersion + 1 }, pendingLogin],
    ["a registration", alice, pendingRegistration],
  ])("offers a fresh nonce when what is pending is for %s", (_, user, pending) => {
    const rows = loaded({ user, challenge: { ...pending, nonce: "ff".repeat(16) } });
    expect(login.decide(request, rows, context).challenge).toMatchObject({
      issue: { nonce: nymchat.nonce, user: user.id, keyVersion: user.keyVersion },
    });
  });

  it("needs no proof, and says when the store fails", () => {
    expect(login.proof(request, loaded({ user: alice }), context)).toEqual({ kind: "none" });
    expect(login.failed(request, "unavailable")).toMatchObject({ result: "error: database failure" });
  });
});
