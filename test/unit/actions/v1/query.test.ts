import { describe, expect, it } from "vitest";
import { query } from "../../../../src/actions/v1/query.js";
import { userByName } from "../../../../src/store/rows.js";
import { alice, context, loaded, parsed, verified } from "../../../support/actions.js";

describe("query", () => {
  it("answers with the name as registered, and the key", () => {
    expect(query.decide(verified({ name: "aLICE" }, 0), loaded({ user: alice }), context)).toEqual({
      reply: { dialect: "long", kind: "queryResponse", found: { name: "Alice", key: alice.key } },
      changes: [],
    });
  });

  it("says that there is no such user, in the dialect of the request", () => {
    expect(query.decide(verified({ name: "nobody" }, 0, "compact"), loaded({}), context)).toEqual({
      reply: { dialect: "compact", kind: "queryResponse", found: "No user found" },
      changes: [],
    });
  });

  it("folds case", () => {
    expect(query.reads(parsed({ name: "aLICE" }), undefined)).toEqual({ user: userByName("alice") });
  });

  it.each(["a b", "\u212aelvin", "x".repeat(65), "x".repeat(100_000), "\ud800", "é"])(
    "looks up no name that nobody can have: %j",
    (name) => {
      expect(query.reads(parsed({ name }), undefined)).toEqual({});
    },
  );

  it("needs no proof, and has no words for a store that fails", () => {
    expect(query.proof(parsed({ name: "alice" }), loaded({}), context)).toEqual({ kind: "none" });
    expect(query.failed(parsed({ name: "alice" }), "unavailable")).toBeUndefined();
  });
});
