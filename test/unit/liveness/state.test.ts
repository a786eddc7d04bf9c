import { describe, expect, it } from "vitest";
import { EVENTS, judge, next, STATES, type Effect, type Event, type State } from "../../../src/liveness/state.js";

/** Every transition that does something; in all others the state stays and nothing is done. */
const MOVES: [State, Event, State, ...Effect[]][] = [
  ["away", "opened", "asking", "ask", "armAddress"],
  ["away", "checkDue", "away", "miss", "armCheck"],

  ["resting", "opened", "asking", "ask", "armAddress"],
  ["resting", "closed", "away", "armCheck"],
  ["resting", "messageHeard", "heard", "alive"],
  ["resting", "checkDue", "asking", "ask", "armAddress"],

  ["heard", "opened", "asking", "ask", "armAddress"],
  ["heard", "closed", "away", "armCheck"],
  ["heard", "checkDue", "resting", "armCheck"],

  ["asking", "opened", "asking", "ask", "armAddress"],
  ["asking", "closed", "away", "armCheck"],
  ["asking", "messageHeard", "heard", "alive", "armCheck"],
  ["asking", "addressTold", "waiting", "armProbe"],
  ["asking", "addressOverdue", "resting", "miss", "armCheck"],

  ["waiting", "opened", "asking", "ask", "armAddress"],
  ["waiting", "closed", "away", "armCheck"],
  ["waiting", "messageHeard", "heard", "alive", "armCheck"],
  ["waiting", "probeOverdue", "resting", "miss", "armCheck"],
];

describe.each(STATES)("in state %s", (state) => {
  it.each(EVENTS)("%s", (event) => {
    const move = MOVES.find(([from, on]) => from === state && on === event);
    const [, , target, ...effects] = move ?? [state, event, state];
    expect(next(state, event)).toEqual({ state: target, effects });
  });
});

describe("a miss", () => {
  const idle = { limit: 3, queuedSeconds: 0, busySeconds: 30, moving: false };

  it("is a death at the limit, and at each multiple of it", () => {
    const verdicts = [1, 2, 3, 4, 5, 6].map((misses) => judge({ ...idle, misses }));
    expect(verdicts).toEqual(["missed", "missed", "dead", "missed", "missed", "dead"]);
  });

  it("is excused while more is queued than a busy client has, and it leaves", () => {
    expect(judge({ ...idle, misses: 3, queuedSeconds: 30.1, moving: true })).toBe("excused");
    expect(judge({ ...idle, misses: 3, queuedSeconds: 30, moving: true })).toBe("dead");
    expect(judge({ ...idle, misses: 3, queuedSeconds: 300, moving: false })).toBe("dead");
  });
});
