import { describe, expect, it } from "vitest";
import type { Decision } from "../../../../src/actions/action.js";
import { newChallenge } from "../../../../src/actions/v2/challenge.js";
import { requestDigest } from "../../../../src/actions/v2/outcome.js";
import { prove } from "../../../../src/actions/v2/prove.js";
import type { Bodies, V2Request } from "../../../../src/protocol/v2/request.js";
import { requestText } from "../../../../src/protocol/v2/signed-texts.js";
import { registrationsStopped } from "../../../../src/store/operators.js";
import { heldName, outcomeOf, userByName } from "../../../../src/store/rows.js";
import { hourAfter } from "../../../../src/util/time.js";
import { alice, context, directory, mac, NOW, origin, settings } from "../../../support/actions.js";
import {
  arrived,
  carol,
  carolKey,
  carolRecovery,
  contextAt,
  named,
  proven,
  requestId,
  signed,
  testKey,
} from "../../../support/v2-requests.js";

const nothing = {
  ...{ user: undefined, taken: undefined, held: undefined, stopped: undefined },
  ...{ outcome: undefined, challenge: undefined },
};
const name = named("Carol");
const id = requestId("prove");

function registration(more: Partial<Bodies["prove"]> = {}, signing: { keyVersion?: number; time?: number } = {}) {
  const challenge = newChallenge({ purpose: "registration", name, key: carolKey.raw, origin }, context);
  const body: Bodies["prove"] = { purpose: "registration", challenge, key: carolKey.raw, ...more };
  return signed("prove", body, { key: carolKey, name: "Carol", id, ...signing });
}

function login(use: { purpose?: "login" | "registration"; key?: Uint8Array; name?: string } = {}) {
  const challenge = newChallenge(
    { purpose: use.purpose ?? "login", name: named(use.name ?? "carol"), key: use.key ?? carolKey.raw, origin },
    context,
  );
  return signed("prove", { purpose: "login", challenge }, { key: carolKey, name: "carol", id });
}

function decide(
  request: V2Request<"prove">,
  rows: Partial<Parameters<typeof prove.decide>[1]>,
  of = context,
): Decision {
  return prove.decide(proven(request), { ...nothing, ...rows }, of);
}

const known = (request: V2Request<"prove">, code: number) => ({
  outcome: { digest: requestDigest(request, mac), code },
});

describe("prove, of a registration", () => {
  it("must be signed with the key that is to be registered", () => {
    const request = registration();
    expect(prove.proof(arrived(request), nothing, context)).toEqual({
      kind: "signature",
      algorithm: "ed25519",
      key: carolKey.der,
      keyVersion: 1,
      message: requestText(directory, request),
      signature: request.auth.signature,
      newKeys: [],
    });
    const { raw: recovery } = carolRecovery;
    const another = prove.proof(arrived(registration({ recovery })), nothing, context);
    expect(another).toMatchObject({ newKeys: [recovery] });
  });

  it("of any version but the first cannot hold", () => {
    const proof = prove.proof(arrived(registration({}, { keyVersion: 2 })), nothing, context);
    expect(proof).toMatchObject({ kind: "hopeless", algorithm: "ed25519" });
  });

  it("is charged to nobody, least of all to whom the name belongs already", () => {
    expect(prove.account?.({ ...nothing, taken: carol })).toBeUndefined();
  });

  it("reads the name and what became of the request, by the name: there is no user yet", () => {
    const request = arrived(registration());
    expect(prove.reads(request, undefined)).toEqual({
      taken: userByName("carol"),
      held: heldName("carol"),
      stopped: registrationsStopped(),
    });
    expect(prove.readsNext?.(request, nothing, context)).toEqual({
      outcome: outcomeOf(mac("outcome", "registration", "carol", id)),
    });
  });

  it("inserts the user with the name as it was written, the recovery key and the route, and is remembered", () => {
    const request = registration({ recovery: carolRecovery.raw });
    expect(decide(request, {})).toEqual({
      reply: { dialect: "v2", id, action: "prove", result: "ok", answer: { keyVersion: 1 } },
      changes: [
        {
          kind: "insertUser",
          name: "Carol",
          folded: "carol",
          algorithm: "ed25519",
          key: carolKey.der,
          recoveryKey: carolRecovery.der,
          signature: request.auth.signature,
          created: hourAfter(NOW),
          route: origin,
          routeExpires: hourAfter(NOW + settings.routeTtl),
        },
        {
          kind: "rememberOutcome",
          id: mac("outcome", "registration", "carol", id),
          digest: requestDigest(request, mac),
          code: 0,
          expires: hourAfter(NOW + settings.outcomeTtl),
        },
      ],
    });
  });

  it("needs no recovery key", () => {
    expect(decide(registration(), {}).changes[0]).not.toHaveProperty("recoveryKey");
  });

  it.each([
    ["is the user's key", carolKey.raw],
    ["is no acceptable key", new Uint8Array(32)],
  ])("refuses a recovery key that %s", (_, recovery) => {
    expect(decide(registration({ recovery }), {})).toMatchObject({ reply: { result: "keyInvalid" }, changes: [] });
  });

  it.each([
    ["was made for a log-in", newChallenge({ purpose: "login", name, key: carolKey.raw, origin }, context)],
    [
      "was made for another key",
      newChallenge({ purpose: "registration", name, key: testKey("x").raw, origin }, context),
    ],
    ["was made up", new Uint8Array(20)],
  ])("refuses a challenge that %s", (_, challenge) => {
    expect(decide(registration({ challenge }), {})).toMatchObject({
      reply: { result: "challengeInvalid" },
      changes: [],
    });
  });

  it("refuses a challenge that has expired", () => {
    const late = NOW + settings.challengeTtl;
    const request = registration({}, { time: late / 1000 });
    expect(decide(request, {}, contextAt(late)).reply).toMatchObject({ result: "challengeInvalid" });
  });

  it.each([
    ["somebody else's by now", { taken: carol }],
    ["a v1 user's by now", { taken: alice }],
    ["held by now", { held: true as const }],
  ])("finds the name %s", (_, rows) => {
    expect(decide(registration(), rows)).toMatchObject({ reply: { result: "nameUnavailable" }, changes: [] });
  });

  it("is refused while registrations are stopped, and may be tried again", () => {
    expect(decide(registration(), { stopped: true })).toMatchObject({
      reply: { result: "unavailable", after: 600 },
      changes: [],
    });
  });

  it("is answered again as it was, also after the challenge has expired and the key has changed", () => {
    const late = NOW + settings.challengeTtl;
    const request = registration({}, { time: late / 1000 });
    const rows = { taken: { ...carol, keyVersion: 2, key: testKey("later").der }, ...known(registration(), 0) };
    expect(decide(request, rows, contextAt(late))).toEqual({
      reply: { dialect: "v2", id, action: "prove", result: "ok", answer: { keyVersion: 1 } },
      changes: [],
    });
  });

  it("with the id of another is refused", () => {
    const other = registration({ recovery: carolRecovery.raw });
    expect(decide(registration(), { taken: carol, ...known(other, 0) })).toMatchObject({
      reply: { result: "idReused" },
      changes: [],
    });
  });
});

describe("prove, of a log-in", () => {
  it("reads as many rows as that of a registration, and is charged to the user", () => {
    const request = arrived(login());
    expect(prove.reads(request, undefined)).toEqual({
      user: userByName("carol"),
      held: heldName("carol"),
      stopped: registrationsStopped(),
    });
    expect(prove.readsNext?.(request, { ...nothing, user: carol }, context)).toEqual({
      outcome: outcomeOf(mac("outcome", carol.id, id)),
    });
    expect(prove.account?.({ ...nothing, user: carol })).toBe(carol.id);
  });

  it("moves the route to where it came from, and is remembered", () => {
    const request = login();
    expect(decide(request, { user: carol })).toEqual({
      reply: { dialect: "v2", id, action: "prove", result: "ok", answer: { keyVersion: 1 } },
      changes: [
        {
          kind: "moveRoute",
          user: carol.id,
          keyVersion: 1,
          route: origin,
          expires: hourAfter(NOW + settings.routeTtl),
        },
        {
          kind: "rememberOutcome",
          id: mac("outcome", carol.id, id),
          digest: requestDigest(request, mac),
          code: 1001,
          expires: hourAfter(NOW + settings.outcomeTtl),
        },
      ],
    });
  });

  it.each([
    ["was made for a registration", login({ purpose: "registration" })],
    ["was made for another name", login({ name: "carole" })],
    ["was made for a key that is gone", login({ key: testKey("earlier").raw })],
    ["was made for nobody", login({ key: new Uint8Array(32) })],
  ])("refuses a challenge that %s", (_, request) => {
    expect(decide(request, { user: carol })).toMatchObject({ reply: { result: "challengeInvalid" }, changes: [] });
  });

  it("refuses a challenge that was sent elsewhere: who replays the request moves no route", () => {
    const request = { ...proven(login()), origin: { ...origin, tag: "bb" as typeof origin.tag } };
    expect(prove.decide(request, { ...nothing, user: carol }, context)).toMatchObject({
      reply: { result: "challengeInvalid" },
      changes: [],
    });
  });

  it("is answered again as it was, and moves nothing", () => {
    const request = login();
    expect(decide(request, { user: carol, ...known(request, 1001) })).toMatchObject({
      reply: { result: "ok", answer: { keyVersion: 1 } },
      changes: [],
    });
    expect(decide(login({ name: "other" }), { user: carol, ...known(request, 1001) })).toMatchObject({
      reply: { result: "idReused" },
      changes: [],
    });
  });
});
