import { expect, test } from "vitest";
import type { Challenge } from "../../../src/actions/challenge.js";
import { createChallenges } from "../../../src/pipeline/challenges.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import type { Route } from "../../../src/store/rows.js";

function origin(tag: string, client = "client"): Route {
  return { client, incarnation: 1, tag: tag as SenderTag };
}

function challenge(nonce: string, lasts: number): Challenge {
  return { purpose: "registration", nonce, lasts, key: new Uint8Array(), name: "name" };
}

test("one challenge for each client, tag and purpose; a new one replaces it", () => {
  const table = createChallenges(
    10,
    () => 0,
    () => undefined,
  );
  table.apply(origin("a"), { issue: challenge("1", 100) });
  table.apply(origin("a"), { issue: challenge("2", 100) });
  table.apply(origin("a", "other"), { issue: challenge("3", 100) });
  expect(table.pending(origin("a"), "registration")?.nonce).toBe("2");
  expect(table.pending(origin("a", "other"), "registration")?.nonce).toBe("3");
  expect(table.pending(origin("a"), "login")).toBeUndefined();
  expect(table.size).toBe(2);
  table.apply(origin("a"), { drop: "registration" });
  expect(table.pending(origin("a"), "registration")).toBeUndefined();
});

test("a challenge ends with its time", () => {
  let now = 0;
  const table = createChallenges(
    10,
    () => now,
    () => undefined,
  );
  table.apply(origin("a"), { issue: challenge("1", 100) });
  now = 99;
  expect(table.pending(origin("a"), "registration")?.nonce).toBe("1");
  now = 100;
  expect(table.pending(origin("a"), "registration")).toBeUndefined();
});

test("at the cap the oldest goes, and only one before its time is counted", () => {
  let now = 0;
  let evicted = 0;
  const table = createChallenges(
    2,
    () => now,
    () => evicted++,
  );
  table.apply(origin("a"), { issue: challenge("1", 100) });
  table.apply(origin("b"), { issue: challenge("2", 1000) });
  now = 200;
  table.apply(origin("c"), { issue: challenge("3", 1000) });
  expect(evicted).toBe(0);
  table.apply(origin("d"), { issue: challenge("4", 1000) });
  expect(evicted).toBe(1);
  expect(table.size).toBe(2);
  expect(table.pending(origin("b"), "registration")).toBeUndefined();
});
