import { describe, expect, it } from "vitest";
import { loginResponse } from "../../../../src/actions/v1/login-response.js";
import { userById } from "../../../../src/store/rows.js";
import { hourAfter } from "../../../../src/util/time.js";
import {
  alice,
  context,
  loaded,
  NOW,
  origin,
  parsed,
  pendingLogin,
  settings,
  verified,
} from "../../../support/actions.js";
import { nymchat } from "../../../support/v1-vectors.js";

const signature = new Uint8Array([1, 2, 3]);
const body = { signature };
const result = (text: string) => ({ dialect: "long", kind: "challengeResponse", purpose: "login", result: text });
const rows = loaded({ user: alice, challenge: pendingLogin });

describe("loginResponse", () => {
  it("must sign the text of the pending nonce with the user's key", () => {
    expect(loginResponse.proof(parsed(body), rows, context)).toEqual({
      kind: "signature",
      algorithm: "p256",
      key: alice.key,
      keyVersion: alice.keyVersion,
      message: Buffer.from(nymchat.nonce),
      signature,
    });
  });

  it("looks up the user of the challenge, and nobody when nothing is pending", () => {
    expect(loginResponse.reads(parsed(body), pendingLogin)).toEqual({ user: userById(alice.id) });
    expect(loginResponse.reads(parsed(body), undefined)).toEqual({});
  });

  it("moves the route to where it came in, if the key is still the same", () => {
    expect(loginResponse.decide(verified(body, alice.keyVersion), rows, context)).toEqual({
      reply: result("success"),
      changes: [
        {
          kind: "moveRoute",
          user: alice.id,
          keyVersion: alice.keyVersion,
          route: origin,
          expires: hourAfter(NOW + settings.routeTtl),
        },
      ],
      challenge: { drop: "login" },
    });
  });

  it("with a bad signature ends the challenge", () => {
    expect(loginResponse.unproven(parsed(body), rows)).toEqual({
      reply: result("error: invalid signature"),
      changes: [],
      challenge: { drop: "login" },
    });
  });

  it.each([
    ["has another key by now", { ...alice, keyVersion: alice.keyVersion + 1 }],
    ["is gone by now", undefined],
    ["has a key that v1 cannot sign with", { ...alice, algorithm: "ed25519" as const }],
  ])("cannot be proven when the user %s, and is answered like a bad signature", (_, user) => {
    const changed = loaded({ user, challenge: pendingLogin });
    expect(loginResponse.proof(parsed(body), changed, context)).toMatchObject({ kind: "hopeless", algorithm: "p256" });
    expect(loginResponse.unproven(parsed(body), changed)).toEqual(loginResponse.unproven(parsed(body), rows));
  });

  it("with nothing pending proves nothing", () => {
    expect(loginResponse.proof(parsed(body), loaded({}), context)).toMatchObject({
      kind: "hopeless",
      algorithm: "p256",
    });
    expect(loginResponse.unproven(parsed(body), loaded({}))).toEqual({
      reply: result("error: no pending login for sender"),
      changes: [],
    });
  });

  it("says when the store fails", () => {
    expect(loginResponse.failed(parsed(body), "unavailable")).toEqual(result("error: database failure"));
  });
});
