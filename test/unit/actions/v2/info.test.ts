import { describe, expect, it } from "vitest";
import { info } from "../../../../src/actions/v2/info.js";
import { context, directory } from "../../../support/actions.js";
import { anonymous, arrived, contextAt, proven } from "../../../support/v2-requests.js";

const request = anonymous("info", {});
const rows = { challenge: undefined };

describe("info", () => {
  it("tells what the directory is, and the time in whole seconds, and needs nothing for it", () => {
    expect(info.reads(arrived(request), undefined)).toEqual({});
    expect(info.proof(arrived(request), rows, context)).toEqual({ kind: "none" });
    expect(info.decide(proven(request), rows, contextAt(1_700_000_000_999))).toEqual({
      reply: {
        dialect: "v2",
        id: request.id,
        action: "info",
        result: "ok",
        answer: { ...directory.info, time: 1_700_000_000 },
      },
      changes: [],
    });
  });

  it.each([
    ["unavailable", 10],
    ["busy", 1],
    ["limited", 5],
  ] as const)("says when it is %s, and when to ask again", (result, after) => {
    expect(info.failed(arrived(request), result)).toEqual({
      dialect: "v2",
      id: request.id,
      action: "info",
      result,
      after,
    });
  });
});
