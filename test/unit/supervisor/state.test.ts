import { describe, expect, it } from "vitest";
import { EVENTS, next, STATES, type Effect, type Event, type State } from "../../../src/supervisor/state.js";

/** Every transition that does something; in all others the state stays and nothing is done. */
const MOVES: [State, Event, State, ...Effect[]][] = [
  ["stopped", "startRequested", "starting", "launch", "armAllowance"],
  ["stopped", "stopRequested", "stopped", "disarm", "release"],

  ["starting", "readySeen", "ready", "disarm"],
  ["starting", "exited", "backingOff", "armBackOff"],
  ["starting", "launchFailed", "backingOff", "armBackOff"],
  ["starting", "allowancePassed", "restarting", "interrupt", "armGrace"],
  ["starting", "restartRequested", "restarting", "interrupt", "armGrace"],
  ["starting", "stopRequested", "stopping", "interrupt", "armGrace"],

  ["ready", "exited", "backingOff", "armBackOff"],
  ["ready", "launchFailed", "backingOff", "armBackOff"],
  ["ready", "restartRequested", "restarting", "interrupt", "armGrace"],
  ["ready", "easeRequested", "easing", "interrupt"],
  ["ready", "stopRequested", "stopping", "interrupt", "armGrace"],

  ["easing", "exited", "backingOff", "armBackOff"],
  ["easing", "launchFailed", "backingOff", "armBackOff"],
  ["easing", "restartRequested", "restarting", "interrupt", "armGrace"],
  ["easing", "easeRequested", "easing", "interrupt"],
  ["easing", "stopRequested", "stopping", "interrupt", "armGrace"],

  ["backingOff", "backOffPassed", "starting", "launch", "armAllowance"],
  ["backingOff", "stopRequested", "stopped", "disarm", "release"],

  ["restarting", "exited", "backingOff", "armBackOff"],
  ["restarting", "launchFailed", "backingOff", "armBackOff"],
  ["restarting", "stopRequested", "stopping"],
  ["restarting", "gracePassed", "killingToRestart", "kill"],

  ["killingToRestart", "exited", "backingOff", "armBackOff"],
  ["killingToRestart", "launchFailed", "backingOff", "armBackOff"],
  ["killingToRestart", "stopRequested", "killing"],

  ["stopping", "exited", "stopped", "disarm", "release"],
  ["stopping", "launchFailed", "stopped", "disarm", "release"],
  ["stopping", "gracePassed", "killing", "kill"],

  ["killing", "exited", "stopped", "disarm", "release"],
  ["killing", "launchFailed", "stopped", "disarm", "release"],
];

describe.each(STATES)("in state %s", (state) => {
  it.each(EVENTS)("%s", (event) => {
    const move = MOVES.find(([from, on]) => from === state && on === event);
    const [, , target, ...effects] = move ?? [state, event, state];
    expect(next(state, event)).toEqual({ state: target, effects });
  });
});

describe("from any state", () => {
  const after = (from: State, ...events: Event[]): State =>
    events.reduce((state, event) => next(state, event).state, from);

  it.each(STATES)("%s: a stop and an exit end it", (state) => {
    expect(after(state, "stopRequested", "exited")).toBe("stopped");
  });

  it.each(STATES)("%s: after a stop nothing is launched again, whatever is requested", (state) => {
    expect(after(state, "stopRequested", "restartRequested", "gracePassed", "exited", "backOffPassed")).toBe("stopped");
  });

  it.each(STATES.filter((state) => state !== "stopped"))("%s: leads to ready again unless it was stopped", (state) => {
    const wanted = state !== "stopping" && state !== "killing";
    expect(after(state, "exited", "backOffPassed", "readySeen")).toBe(wanted ? "ready" : "stopped");
  });
});
