import { describe, expect, it } from "vitest";
import { requestDigest } from "../../../../src/actions/v2/outcome.js";
import { release } from "../../../../src/actions/v2/release.js";
import { outcomeOf } from "../../../../src/store/rows.js";
import { hourAfter } from "../../../../src/util/time.js";
import { context, mac, NOW, settings } from "../../../support/actions.js";
import { arrived, carol, carolKey, proven, signed } from "../../../support/v2-requests.js";

const request = signed("release", {}, { key: carolKey, name: "cAROL" });
const rows = { user: carol, outcome: undefined, released: undefined, challenge: undefined };
const reply = { dialect: "v2", id: request.id, action: "release", result: "ok", answer: {} };
const releaseId = mac("outcome", "release", "carol", request.id, request.auth.signature);
const known = { digest: requestDigest(request, mac), code: 0 };

describe("release", () => {
  it("erases the user and holds the name, and is remembered by its signature", () => {
    expect(release.decide(proven(request), rows, context)).toEqual({
      reply,
      changes: [
        {
          kind: "releaseUser",
          user: carol.id,
          keyVersion: 1,
          folded: "carol",
          heldUntil: hourAfter(NOW + settings.nameHold),
        },
        { kind: "rememberOutcome", id: releaseId, ...known, expires: hourAfter(NOW + settings.outcomeTtl) },
      ],
    });
    expect(release.readsNext?.(arrived(request), rows, context)).toMatchObject({ released: outcomeOf(releaseId) });
  });

  it("is answered again when nobody is left who could have signed it", () => {
    const gone = { ...rows, user: undefined, released: known };
    expect(release.proof(arrived(request), gone, context)).toMatchObject({ kind: "hopeless" });
    expect(release.unproven(arrived(request), gone)).toEqual({ reply, changes: [] });
  });

  it("does not take a name away that was registered again with the same key", () => {
    expect(release.decide(proven(request), { ...rows, released: known }, context)).toEqual({ reply, changes: [] });
  });

  it("with another signature is another request", () => {
    const later = signed("release", {}, { key: carolKey, name: "cAROL", time: NOW / 1000 + 1 });
    expect(release.readsNext?.(arrived(later), rows, context)).not.toMatchObject({ released: outcomeOf(releaseId) });
    expect(release.unproven(arrived(later), { ...rows, user: undefined })).toMatchObject({
      reply: { result: "unauthorized" },
      changes: [],
    });
  });

  it("with the id of another request is refused", () => {
    for (const outcome of [known, { digest: new Uint8Array(16), code: 0 }])
      expect(release.decide(proven(request), { ...rows, outcome }, context)).toMatchObject({
        reply: { result: "idReused" },
        changes: [],
      });
  });
});
