import { describe, expect, it } from "vitest";
import type { Decision } from "../../../../src/actions/action.js";
import { requestDigest } from "../../../../src/actions/v2/outcome.js";
import { rotate } from "../../../../src/actions/v2/rotate.js";
import type { V2Request } from "../../../../src/protocol/v2/request.js";
import { possessionText, successionText } from "../../../../src/protocol/v2/signed-texts.js";
import { keyHadBy, keyLogOf, outcomeOf } from "../../../../src/store/rows.js";
import { foldName } from "../../../../src/store/identifiers.js";
import { hourAfter } from "../../../../src/util/time.js";
import { context, directory, mac, NOW, settings } from "../../../support/actions.js";
import {
  arrived,
  carol,
  carolKey,
  carolRecovery,
  newKey,
  proven,
  signed,
  testKey,
} from "../../../support/v2-requests.js";

const next = testKey("next");
const request = signed("rotate", newKey("carol", next, 1), { key: carolKey, name: "carol" });
const signer = { key: carolKey.der, recoveryKey: carolRecovery.der };
const rows = { user: carol, signer, had: undefined, outcome: undefined, challenge: undefined };
const rotated = { ...rows, user: { ...carol, key: next.der, keyVersion: 2 } };
const outcome = { digest: requestDigest(request, mac), code: 1002 };
const reply = { dialect: "v2", id: request.id, action: "rotate", result: "ok", answer: { keyVersion: 2 } };

function decide(sent: V2Request<"rotate">, found: Parameters<typeof rotate.decide>[1] = rows): Decision {
  return rotate.decide(proven(sent), found, context);
}

describe("rotate", () => {
  it("reads the key of the version that it names, and what became of it", () => {
    expect(rotate.readsNext?.(arrived(request), rows, context)).toEqual({
      signer: keyLogOf(carol.id, 1),
      had: keyHadBy(carol.id, next.der),
      outcome: outcomeOf(mac("outcome", carol.id, request.id)),
    });
  });

  it("must be signed with the new key as well, and with the old one for others", () => {
    expect(rotate.proof(arrived(request), rows, context)).toMatchObject({
      key: carolKey.der,
      keyVersion: 1,
      further: [
        {
          key: next.der,
          message: possessionText(directory.identity, { name: foldName("carol"), keyVersion: 2, key: next.raw }),
          signature: request.body.possession,
        },
        {
          key: carolKey.der,
          message: successionText(directory.identity, {
            ...{ name: "carol", by: "rotation", version: 2, key: next.raw, recovery: undefined },
          }),
          signature: request.body.succession,
        },
      ],
    });
  });

  it("changes the key, leaves the recovery key, and is remembered with the version that came of it", () => {
    expect(decide(request)).toEqual({
      reply,
      changes: [
        {
          kind: "changeKey",
          user: carol.id,
          keyVersion: 1,
          key: next.der,
          by: "rotation",
          signature: request.body.succession,
          at: hourAfter(NOW),
        },
        {
          kind: "rememberOutcome",
          id: mac("outcome", carol.id, request.id),
          ...outcome,
          expires: hourAfter(NOW + settings.outcomeTtl),
        },
      ],
    });
  });

  it("may bring another recovery key", () => {
    const recovery = testKey("another recovery key");
    const sent = signed("rotate", newKey("carol", next, 1, recovery), { key: carolKey, name: "carol" });
    expect(decide(sent).changes[0]).toMatchObject({ kind: "changeKey", recoveryKey: recovery.der });
  });

  const bad = new Uint8Array(32);
  it.each([
    ["no acceptable key", { ...newKey("carol", next, 1), key: bad }],
    ["the old key", newKey("carol", carolKey, 1)],
    ["the recovery key", newKey("carol", carolRecovery, 1)],
    ["the new recovery key", newKey("carol", next, 1, next)],
    ["a key with the old key for recovery", newKey("carol", next, 1, carolKey)],
    ["a key with no acceptable one for recovery", { ...newKey("carol", next, 1), recovery: bad }],
  ])("to %s is refused", (_, body) => {
    expect(decide(signed("rotate", body, { key: carolKey, name: "carol" }))).toMatchObject({
      reply: { result: "keyInvalid" },
      changes: [],
    });
  });

  it("is checked with the key that it ended when it is repeated, and answered as it was", () => {
    expect(rotate.proof(arrived(request), rotated, context)).toEqual(rotate.proof(arrived(request), rows, context));
    expect(decide(request, { ...rotated, outcome })).toEqual({ reply, changes: [] });
    const later = { ...rotated, user: { ...rotated.user, keyVersion: 9 } };
    expect(decide(request, { ...later, outcome })).toEqual({ reply, changes: [] });
  });

  it.each([
    ["when nothing is known of it", undefined],
    ["when its id was another request's", { digest: new Uint8Array(16), code: 0 }],
  ])("with a key of the past is unauthorized %s", (_, found) => {
    expect(decide(request, { ...rotated, outcome: found })).toEqual({
      reply: { dialect: "v2", id: request.id, action: "rotate", result: "unauthorized" },
      changes: [],
    });
  });

  it("with the id of another request is refused", () => {
    expect(decide(request, { ...rows, outcome: { digest: new Uint8Array(16), code: 0 } })).toMatchObject({
      reply: { result: "idReused" },
      changes: [],
    });
  });
});
