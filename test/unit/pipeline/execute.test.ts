/** Execution: a decision that is taken again is still one request. */
import { expect, test } from "vitest";
import type { Action } from "../../../src/actions/action.js";
import { createChallenges } from "../../../src/pipeline/challenges.js";
import { execute, type ExecuteComponents } from "../../../src/pipeline/execute.js";
import { createVerifier } from "../../../src/pipeline/verify.js";
import type { Outcome } from "../../../src/store/changes.js";
import type { UserId } from "../../../src/store/identifiers.js";
import { createCounters } from "../../../src/telemetry/counters.js";
import { context, routeOf } from "../../support/actions.js";

const USER = 7 as UserId;
const REQUEST = { dialect: "long", body: undefined, origin: routeOf("00".repeat(16)), credit: 1 } as const;
const APPLIED: Outcome = { status: "applied", users: [], receipts: [] };

const action: Action<undefined> = {
  readOnly: false,
  reads: () => ({}),
  proof: () => ({ kind: "none" }),
  account: () => USER,
  decide: () => ({ reply: undefined, changes: [{ kind: "endRoute", user: USER, keyVersion: 1 }] }),
  unproven: () => ({ reply: undefined, changes: [] }),
  failed: () => undefined,
};

function components(outcomes: Outcome[], charge: (user: UserId) => boolean): ExecuteComponents {
  return {
    store: { commit: () => Promise.resolve([outcomes.shift() ?? APPLIED]) },
    load: () => Promise.resolve({}) as never,
    verify: createVerifier(),
    challenges: createChallenges(1, Date.now, () => undefined),
    counters: createCounters(),
    context: () => context,
    charge,
    committed: () => undefined,
  };
}

test("a user is charged once for a request, however often others were faster", async () => {
  const charged: UserId[] = [];
  const conflicts: Outcome[] = [{ status: "conflict" }, { status: "conflict" }];
  const charge = (user: UserId): boolean => charged.push(user) === 1;
  await execute(action, REQUEST, components(conflicts, charge));
  expect(conflicts).toEqual([]);
  expect(charged).toEqual([USER]);
});

test("who is over their limit has nothing decided", async () => {
  const outcomes: Outcome[] = [APPLIED];
  await execute(
    action,
    REQUEST,
    components(outcomes, () => false),
  );
  expect(outcomes).toEqual([APPLIED]);
});
