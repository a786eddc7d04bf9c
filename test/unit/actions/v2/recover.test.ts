import { describe, expect, it } from "vitest";
import type { Decision } from "../../../../src/actions/action.js";
import { requestDigest } from "../../../../src/actions/v2/outcome.js";
import { recover } from "../../../../src/actions/v2/recover.js";
import type { V2Request } from "../../../../src/protocol/v2/request.js";
import { successionText } from "../../../../src/protocol/v2/signed-texts.js";
import { keyHadBy, keyLogOf, outcomeOf, recoveryRightOf } from "../../../../src/store/rows.js";
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
const thief = testKey("thief");
const request = signed("recover", newKey("carol", next, 1), { key: carolRecovery, name: "carol" });
const signer = { key: carolKey.der, recoveryKey: carolRecovery.der };
const right = { recoveryKey: carolRecovery.der };
/** A thief has rotated, and put a recovery key of their own in place. */
const stolen = { ...carol, key: testKey("stolen").der, keyVersion: 2, recoveryKey: thief.der };
const rows = { user: stolen, signer, had: undefined, right, outcome: undefined, challenge: undefined };

function decide(sent: V2Request<"recover">, found: Partial<typeof rows> | object): Decision {
  return recover.decide(proven(sent, 2), { ...rows, ...found }, context);
}

describe("recover", () => {
  it("reads the recovery key of the version that it names, and the one that has the right", () => {
    expect(recover.readsNext?.(arrived(request), rows, context)).toEqual({
      signer: keyLogOf(carol.id, 1),
      had: keyHadBy(carol.id, next.der),
      right: recoveryRightOf(carol.id, hourAfter(NOW - settings.recoveryWindow)),
      outcome: outcomeOf(mac("outcome", carol.id, request.id)),
    });
  });

  it("must be signed with the one, stands on the present version, and needs no more than the owner knew", () => {
    expect(recover.proof(arrived(request), rows, context)).toMatchObject({
      key: carolRecovery.der,
      keyVersion: 2,
      further: [
        { key: next.der, signature: request.body.possession },
        {
          key: carolRecovery.der,
          message: successionText(directory.identity, {
            ...{ name: "carol", by: "recovery", version: 2, key: next.raw, recovery: undefined },
          }),
          signature: request.body.succession,
        },
      ],
    });
  });

  it("changes the key after the present one, and makes its signer the recovery key again", () => {
    expect(decide(request, {})).toEqual({
      reply: { dialect: "v2", id: request.id, action: "recover", result: "ok", answer: { keyVersion: 3 } },
      changes: [
        {
          kind: "changeKey",
          user: carol.id,
          keyVersion: 2,
          key: next.der,
          recoveryKey: carolRecovery.der,
          by: "recovery",
          signature: request.body.succession,
          at: hourAfter(NOW),
        },
        {
          kind: "rememberOutcome",
          id: mac("outcome", carol.id, request.id),
          digest: requestDigest(request, mac),
          code: 1003,
          expires: hourAfter(NOW + settings.outcomeTtl),
        },
      ],
    });
  });

  it("may bring another recovery key", () => {
    const recovery = testKey("another");
    const sent = signed("recover", newKey("carol", next, 1, recovery), { key: carolRecovery, name: "carol" });
    expect(decide(sent, {}).changes[0]).toMatchObject({ recoveryKey: recovery.der });
  });

  it.each([
    ["another has the right", { right: { recoveryKey: thief.der } }],
    ["none has the right", { right: undefined }],
  ])("is closed to a recovery key while %s", (_, found) => {
    expect(decide(request, found)).toMatchObject({ reply: { result: "recoveryClosed" }, changes: [] });
  });

  it.each([
    ["no such version", undefined],
    ["a version without a recovery key", { key: carolKey.der, recoveryKey: undefined }],
  ])("naming %s cannot hold", (_, found) => {
    expect(recover.proof(arrived(request), { ...rows, signer: found }, context)).toMatchObject({
      kind: "hopeless",
      algorithm: "ed25519",
      messages: { length: 3 },
      newKeys: [request.body.key],
    });
  });

  it.each([
    ["the thief's key", newKey("carol", testKey("stolen"), 1)],
    ["the recovery key itself", newKey("carol", carolRecovery, 1)],
    ["no acceptable key", { ...newKey("carol", next, 1), key: new Uint8Array(32) }],
  ])("to %s is refused", (_, body) => {
    const sent = signed("recover", body, { key: carolRecovery, name: "carol" });
    expect(decide(sent, {})).toMatchObject({ reply: { result: "keyInvalid" }, changes: [] });
  });

  it("is answered as it was when it is repeated, whoever has the right by then", () => {
    const outcome = { digest: requestDigest(request, mac), code: 1003 };
    expect(decide(request, { outcome, right: undefined })).toMatchObject({
      reply: { result: "ok", answer: { keyVersion: 3 } },
      changes: [],
    });
  });

  it("with the id of another request is refused", () => {
    expect(decide(request, { outcome: { digest: new Uint8Array(16), code: 0 } })).toMatchObject({
      reply: { result: "idReused" },
      changes: [],
    });
  });
});
