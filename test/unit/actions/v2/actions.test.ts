import { describe, expect, it } from "vitest";
import { V2_ACTIONS } from "../../../../src/actions/v2/actions.js";
import type { V2Actions } from "../../../../src/actions/v2/actions.js";
import { ACTIONS } from "../../../../src/protocol/v2/request.js";

describe("the table of v2 actions", () => {
  it("does not compile without one of them", () => {
    const { status, ...others } = V2_ACTIONS;
    // @ts-expect-error -- status is missing
    const incomplete: V2Actions = others;
    expect(incomplete).not.toHaveProperty("status");
    expect(status).toBeDefined();
  });

  it("does not compile with one in the place of another", () => {
    // @ts-expect-error -- a send is no lookup
    const confused: V2Actions = { ...V2_ACTIONS, lookup: V2_ACTIONS.send };
    expect(confused.lookup).toBe(V2_ACTIONS.send);
  });

  it("has the actions that have a number", () => {
    expect(Object.keys(V2_ACTIONS).sort()).toEqual(Object.keys(ACTIONS).sort());
  });
});
