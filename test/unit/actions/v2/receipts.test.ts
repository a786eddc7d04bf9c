import { describe, expect, it } from "vitest";
import { receipts } from "../../../../src/actions/v2/receipts.js";
import { SETTLED } from "../../../../src/store/changes.js";
import { outcomeOf } from "../../../../src/store/rows.js";
import { context, mac } from "../../../support/actions.js";
import { arrived, carol, carolKey, proven, requestId, signed } from "../../../support/v2-requests.js";

const ids = ["a", "b", "c", "d", "e", "f", "g"].map(requestId);
const request = signed("receipts", { ids }, { key: carolKey, name: "carol" });
const outcome = (code: number) => ({ digest: new Uint8Array(16), code });

describe("receipts", () => {
  it("reads the outcome of each id, under the user's own", () => {
    const next = receipts.readsNext?.(arrived(request), { user: carol, challenge: undefined }, context) ?? {};
    expect(Object.values(next)).toEqual(ids.map((id) => outcomeOf(mac("outcome", carol.id, id))));
  });

  it("tells the state of each, in the order of the question", () => {
    const rows = {
      user: carol,
      challenge: undefined,
      message0: outcome(SETTLED.expired),
      message1: outcome(100),
      message3: outcome(SETTLED.delivered),
      message4: outcome(SETTLED.handedOver),
      message5: outcome(0),
      message6: outcome(1002),
    };
    expect(receipts.decide(proven(request), rows, context)).toEqual({
      reply: {
        dialect: "v2",
        id: request.id,
        action: "receipts",
        result: "ok",
        answer: { states: ["expired", "stored", "unknown", "delivered", "handedOver", "unknown", "unknown"] },
      },
      changes: [],
    });
  });
});
