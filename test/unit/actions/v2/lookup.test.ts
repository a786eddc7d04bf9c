import { describe, expect, it } from "vitest";
import { lookup } from "../../../../src/actions/v2/lookup.js";
import { userByName } from "../../../../src/store/rows.js";
import { alice, context } from "../../../support/actions.js";
import { anonymous, arrived, carol, carolKey, contextAt, named, proven } from "../../../support/v2-requests.js";

const request = anonymous("lookup", { name: named("CAROL") });

function statement(user: typeof carol | undefined, of = context): unknown {
  const { reply, changes } = lookup.decide(proven(request), { user, challenge: undefined }, of);
  expect(changes).toEqual([]);
  return reply?.dialect === "v2" && reply.result === "ok" ? reply.answer : undefined;
}

describe("lookup", () => {
  it("reads one row, of whoever has the name in whatever case, and proves nothing", () => {
    expect(lookup.reads(arrived(request), undefined)).toEqual({ user: userByName("carol") });
    expect(lookup.proof(arrived(request), { user: carol, challenge: undefined }, context)).toEqual({ kind: "none" });
  });

  it("states a v2 user with the raw key, under the folded name", () => {
    expect(statement(carol)).toEqual({
      name: "carol",
      hour: Math.floor(context.now / 3_600_000),
      user: { name: "Carol", algorithm: "ed25519", key: carolKey.raw, keyVersion: 1 },
    });
  });

  it("states a v1 user with the key as it was registered", () => {
    expect(statement(alice)).toMatchObject({
      user: { name: "Alice", algorithm: "p256", key: alice.key, keyVersion: 3 },
    });
  });

  it("states that a name is nobody's", () => {
    expect(statement(undefined)).toEqual({
      name: "carol",
      hour: Math.floor(context.now / 3_600_000),
      user: undefined,
    });
  });

  it("says the same for an hour", () => {
    const hour = 3_600_000 * 490_000;
    expect(statement(carol, contextAt(hour))).toEqual(statement(carol, contextAt(hour + 3_599_999)));
    expect(statement(carol, contextAt(hour))).not.toEqual(statement(carol, contextAt(hour - 1)));
  });
});
