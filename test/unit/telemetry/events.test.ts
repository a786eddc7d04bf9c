import { execFileSync } from "node:child_process";
import { describe, expect, it, vi } from "vitest";
import { createCounters } from "../../../src/telemetry/counters.js";
import { createEvents } from "../../../src/telemetry/events.js";
import { describeFailure } from "../../../src/telemetry/failure.js";
import type { LogFields } from "../../../src/telemetry/logger.js";
import { startSummary } from "../../../src/telemetry/summary.js";

const DIST = new URL("../../../dist/src/telemetry/", import.meta.url).href;

function start() {
  const lines: { level: string; event: string; fields: LogFields }[] = [];
  return { lines, events: createEvents((level, event, fields = {}) => void lines.push({ level, event, fields })) };
}

describe("events", () => {
  it("have a level, words and fields", () => {
    const { lines, events } = start();
    events.directoryStarted({ clients: 2 });
    events.storeRecovered();
    events.nymClientExited({ child: "nym-client-0", code: undefined, signal: "SIGABRT", restartInMs: 2_100 });
    expect(lines).toEqual([
      { level: "info", event: "directory started", fields: { clients: 2 } },
      { level: "info", event: "store recovered", fields: {} },
      {
        level: "warn",
        event: "nym client exited",
        fields: { child: "nym-client-0", code: undefined, signal: "SIGABRT", restartInMs: 2_100 },
      },
    ]);
  });

  it("tell the class, code and place of an error, never its message", () => {
    const { lines, events } = start();
    events.directoryFailed({
      error: Object.assign(new TypeError("alice could not be written"), { code: "SQLITE_FULL" }),
    });
    expect(lines[0]?.fields).toEqual({ error: "TypeError", code: "SQLITE_FULL" });
    expect(JSON.stringify(lines)).not.toContain("alice");
  });
});

describe("describeFailure", () => {
  it("finds the place in our own code", () => {
    // In a process of its own: the test runner maps stacks back to the sources.
    const source = `
      import { createEvents } from "${DIST}events.js";
      import { describeFailure } from "${DIST}failure.js";
      try { createEvents(() => { throw new RangeError("alice"); }).storeRecovered(); }
      catch (error) { console.log(JSON.stringify(describeFailure(error))); }`;
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual({
      error: "RangeError",
      at: expect.stringMatching(/^src\/telemetry\/events\.js:\d+$/) as string,
    });
  });

  it("is not deceived by a message, name, code or value that holds data", () => {
    const imitation = new Error("x\n    at x (/x/dist/alice.js:1:1)");
    imitation.stack = `Error: ${imitation.message}\n    at native`;
    expect(describeFailure(imitation)).toEqual({ error: "Error" });
    expect(describeFailure(Object.assign(new Error("x"), { name: "alice 1", code: "alice" })).error).toBe("Error");
    expect(describeFailure("alice")).toEqual({ error: "string" });
    expect(describeFailure(null)).toEqual({ error: "object" });
  });
});

describe("the summary", () => {
  it("logs sums at its pace, and the last ones when it ends", () => {
    vi.useFakeTimers();
    const { lines, events } = start();
    const counters = createCounters();
    const summary = startSummary({ counters, events }, 5 * 60_000);
    counters.add("requests.query", 3);
    vi.advanceTimersByTime(5 * 60_000);
    counters.add("replies");
    vi.advanceTimersByTime(2 * 60_000);
    summary[Symbol.dispose]();
    vi.advanceTimersByTime(60 * 60_000);
    vi.useRealTimers();
    expect(lines.map(({ fields }) => fields)).toEqual([
      { minutes: 5, "requests.query": 3 },
      { minutes: 2, replies: 1 },
    ]);
  });
});
