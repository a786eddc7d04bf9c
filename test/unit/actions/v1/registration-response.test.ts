import { describe, expect, it } from "vitest";
import { registrationResponse } from "../../../../src/actions/v1/registration-response.js";
import { registrationsStopped } from "../../../../src/store/operators.js";
import { heldName, userByName } from "../../../../src/store/rows.js";
import { hourAfter } from "../../../../src/util/time.js";
import {
  alice,
  context,
  loaded,
  NOW,
  origin,
  parsed,
  pendingRegistration,
  settings,
  verified,
} from "../../../support/actions.js";
import { nymchat } from "../../../support/v1-vectors.js";

const signature = new Uint8Array([1, 2, 3]);
const body = { signature };
const result = (text: string) => ({
  dialect: "long",
  kind: "challengeResponse",
  purpose: "registration",
  result: text,
});

describe("registrationResponse", () => {
  it("must sign the text of the pending nonce with the pending key", () => {
    const proof = registrationResponse.proof(parsed(body), loaded({ challenge: pendingRegistration }), context);
    expect(proof).toEqual({
      kind: "signature",
      algorithm: "p256",
      key: pendingRegistration.key,
      keyVersion: 0,
      message: Buffer.from(nymchat.nonce),
      signature,
    });
  });

  it("looks the pending name up, and nothing when nothing is pending", () => {
    expect(registrationResponse.reads(parsed(body), pendingRegistration)).toEqual({
      user: userByName("alice"),
      held: heldName("alice"),
      stopped: registrationsStopped(),
    });
    expect(registrationResponse.reads(parsed(body), undefined)).toEqual({});
  });

  it("registers the user as the name was written, with the route it came in by", () => {
    expect(registrationResponse.decide(verified(body, 0), loaded({ challenge: pendingRegistration }), context)).toEqual(
      {
        reply: result("success"),
        changes: [
          {
            kind: "insertUser",
            name: "Alice",
            folded: "alice",
            algorithm: "p256",
            key: pendingRegistration.key,
            signature,
            created: hourAfter(NOW),
            route: origin,
            routeExpires: hourAfter(NOW + settings.routeTtl),
          },
        ],
        challenge: { drop: "registration" },
      },
    );
  });

  it("finds the name taken by who was faster", () => {
    const rows = loaded({ challenge: pendingRegistration, user: alice });
    expect(registrationResponse.decide(verified(body, 0), rows, context)).toEqual({
      reply: result("error: username already in use"),
      changes: [],
      challenge: { drop: "registration" },
    });
  });

  it("with a bad signature ends the challenge", () => {
    expect(registrationResponse.unproven(parsed(body), loaded({ challenge: pendingRegistration }))).toEqual({
      reply: result("error: signature verification failed"),
      changes: [],
      challenge: { drop: "registration" },
    });
  });

  it("with nothing pending proves nothing", () => {
    expect(registrationResponse.proof(parsed(body), loaded({}), context)).toMatchObject({
      kind: "hopeless",
      algorithm: "p256",
    });
    expect(registrationResponse.unproven(parsed(body), loaded({}))).toEqual({
      reply: result("error: no pending registration for sender"),
      changes: [],
    });
  });

  it("keeps the challenge when the store fails, for another try", () => {
    expect(registrationResponse.failed(parsed(body), "unavailable")).toEqual(result("error: database failure"));
  });
});
