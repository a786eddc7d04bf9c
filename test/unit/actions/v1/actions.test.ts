import { describe, expect, it } from "vitest";
import { V1_ACTIONS } from "../../../../src/actions/v1/actions.js";
import type { V1Actions } from "../../../../src/actions/v1/actions.js";

describe("the table of v1 actions", () => {
  it("does not compile without one of them", () => {
    const { login, loginResponse, query, register, registrationResponse } = V1_ACTIONS;
    // @ts-expect-error -- send is missing
    const incomplete: V1Actions = { login, loginResponse, query, register, registrationResponse };
    expect(incomplete).not.toHaveProperty("send");
  });

  it("does not compile with one in the place of another", () => {
    // @ts-expect-error -- a send is no query
    const confused: V1Actions = { ...V1_ACTIONS, query: V1_ACTIONS.send };
    expect(confused.query).toBe(V1_ACTIONS.send);
  });

  it("has the actions that v1 serves, and no others", () => {
    expect(Object.keys(V1_ACTIONS).sort()).toEqual(
      ["login", "loginResponse", "query", "register", "registrationResponse", "send"].sort(),
    );
  });
});
