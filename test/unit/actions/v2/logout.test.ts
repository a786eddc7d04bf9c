import { describe, expect, it } from "vitest";
import { requestDigest } from "../../../../src/actions/v2/outcome.js";
import { logout } from "../../../../src/actions/v2/logout.js";
import { hourAfter } from "../../../../src/util/time.js";
import { context, mac, NOW, settings } from "../../../support/actions.js";
import { carol, carolKey, proven, signed } from "../../../support/v2-requests.js";

const request = signed("logout", {}, { key: carolKey, name: "carol" });
const rows = { user: carol, outcome: undefined, challenge: undefined };
const reply = { dialect: "v2", id: request.id, action: "logout", result: "ok", answer: {} };

describe("logout", () => {
  it("ends the route, and is remembered", () => {
    expect(logout.decide(proven(request), rows, context)).toEqual({
      reply,
      changes: [
        { kind: "endRoute", user: carol.id, keyVersion: 1 },
        {
          kind: "rememberOutcome",
          id: mac("outcome", carol.id, request.id),
          digest: requestDigest(request, mac),
          code: 0,
          expires: hourAfter(NOW + settings.outcomeTtl),
        },
      ],
    });
  });

  it("does not end the route that a later log-in has made when it is repeated", () => {
    const outcome = { digest: requestDigest(request, mac), code: 0 };
    expect(logout.decide(proven(request), { ...rows, outcome }, context)).toEqual({ reply, changes: [] });
  });

  it("with the id of another request is refused", () => {
    const outcome = { digest: new Uint8Array(16), code: 0 };
    expect(logout.decide(proven(request), { ...rows, outcome }, context)).toMatchObject({
      reply: { result: "idReused" },
      changes: [],
    });
  });
});
