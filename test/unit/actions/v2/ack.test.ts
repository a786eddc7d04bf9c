import { describe, expect, it } from "vitest";
import { ack } from "../../../../src/actions/v2/ack.js";
import { hourAfter } from "../../../../src/util/time.js";
import { context, NOW, origin, settings } from "../../../support/actions.js";
import { arrived, carol, carolKey, proven, signed } from "../../../support/v2-requests.js";

const ranges = [
  { first: 1, last: 3 },
  { first: 7, last: 7 },
];
const request = signed("ack", { ranges }, { key: carolKey, name: "carol" });

describe("ack", () => {
  it("acknowledges, and puts off the expiry of the route if this is it", () => {
    const rows = { user: carol, challenge: undefined };
    expect(ack.decide(proven(request), rows, context)).toEqual({
      reply: { dialect: "v2", id: request.id, action: "ack", result: "ok", answer: {} },
      changes: [
        { kind: "acknowledge", user: carol.id, keyVersion: 1, ranges },
        {
          kind: "refreshRoute",
          user: carol.id,
          keyVersion: 1,
          route: origin,
          expires: hourAfter(NOW + settings.routeTtl),
        },
      ],
    });
    expect(ack.readsNext?.(arrived(request), rows, context)).toBeUndefined();
  });
});
