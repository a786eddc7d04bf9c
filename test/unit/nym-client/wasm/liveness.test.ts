import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backlog } from "../../../../nym-client/wasm/backlog.js";
import { Liveness } from "../../../../nym-client/wasm/liveness.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A watch that asks after a minute of silence, waits 10 s, and gives up after three misses. */
function watch({ returns = false, backlogMs = 0 } = {}) {
  const state = { backlogMs, deaths: 0, probes: [] as Buffer[] };
  const liveness = new Liveness({ everyMs: 60_000, answerMs: 10_000, misses: 3, busyMs: 30_000 });
  liveness.start({
    probe(message) {
      state.probes.push(message);
      if (returns) setTimeout(() => liveness.heard(message), 1_000);
      return Promise.resolve();
    },
    backlogMs: () => state.backlogMs,
    dead: () => (state.deaths += 1),
  });
  return { liveness, state };
}

describe("liveness", () => {
  it("asks after a silence, and is content with an answer", () => {
    const { state } = watch({ returns: true });
    vi.advanceTimersByTime(59_999);
    expect(state.probes).toHaveLength(0);
    vi.advanceTimersByTime(3_600_000);
    expect(state.probes.length).toBeGreaterThan(50);
    expect(state.deaths).toBe(0);
  });

  it("takes three misses in a row for death", () => {
    const { state } = watch();
    vi.advanceTimersByTime(60_000 + 30_000 - 1);
    expect([state.probes.length, state.deaths]).toEqual([3, 0]);
    vi.advanceTimersByTime(1);
    expect(state.deaths).toBe(1);
    vi.advanceTimersByTime(3_600_000);
    expect(state.deaths).toBe(1);
  });

  it("takes whatever comes for a sign of life", () => {
    const { liveness, state } = watch();
    vi.advanceTimersByTime(85_000);
    expect(liveness.heard(Buffer.from("a request"))).toBe(false);
    vi.advanceTimersByTime(60_000 + 29_999);
    expect(state.deaths).toBe(0);
  });

  it("asks nothing while messages come", () => {
    const { liveness, state } = watch();
    for (let minute = 0; minute < 10; minute += 1) {
      vi.advanceTimersByTime(59_000);
      liveness.heard(Buffer.from("a request"));
    }
    expect(state.probes).toEqual([]);
  });

  it("does not take a busy client for a dead one", () => {
    const { state } = watch({ backlogMs: 30_001 });
    vi.advanceTimersByTime(3_600_000);
    expect(state.deaths).toBe(0);
    state.backlogMs = 0;
    vi.advanceTimersByTime(30_000);
    expect(state.deaths).toBe(1);
  });

  it("knows its own probes, each another, and nobody else's", () => {
    const { liveness, state } = watch();
    const other = watch();
    vi.advanceTimersByTime(75_000);
    const [first = Buffer.of(), second = Buffer.of()] = state.probes;
    expect(first.equals(second)).toBe(false);
    expect(liveness.heard(first)).toBe(true);
    expect(liveness.heard(other.state.probes[0] ?? Buffer.of())).toBe(false);
    expect(liveness.heard(Buffer.alloc(32))).toBe(false);
  });

  it("counts a probe that cannot be sent as one that does not come back, and ends when it is to", () => {
    let deaths = 0;
    const refused = { probe: () => Promise.reject(new Error("no")), backlogMs: () => 0, dead: () => (deaths += 1) };
    const options = { everyMs: 1, answerMs: 1, misses: 3, busyMs: 0 };
    new Liveness(options).start(refused);
    vi.advanceTimersByTime(10);
    expect(deaths).toBe(1);
    const ended = new Liveness(options);
    ended.start(refused);
    ended[Symbol.dispose]();
    vi.advanceTimersByTime(10);
    expect(deaths).toBe(1);
  });
});

describe("the backlog", () => {
  it("is what was handed over, less what has been sent since", () => {
    let now = 1_000;
    const backlog = new Backlog(() => now, 50);
    expect(backlog.ms).toBe(0);
    backlog.add(100);
    expect(backlog.ms).toBe(2_000);
    now += 500;
    backlog.add(25);
    expect(backlog.ms).toBe(2_000);
    now += 10_000;
    expect(backlog.ms).toBe(0);
    backlog.add(1);
    expect(backlog.ms).toBe(20);
  });
});
