/** Counters hand out sums: what happened, and nothing else. */
import { expect, test } from "vitest";
import { createCounters } from "../../../src/telemetry/counters.js";

test("sums are handed out once, without the noughts", () => {
  const counters = createCounters();
  counters.add("replies", 2);
  counters.add("replies");
  counters.add("replies.lost", 0);
  expect(counters.take()).toEqual({ replies: 3 });
  expect(counters.take()).toEqual({});
});

test("sums come in the order of the list, whatever came first", () => {
  const counters = createCounters();
  for (const name of ["commits", "replies", "requests.query"] as const) counters.add(name);
  expect(Object.keys(counters.take())).toEqual(["requests.query", "replies", "commits"]);
});
