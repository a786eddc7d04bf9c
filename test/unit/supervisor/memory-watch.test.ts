import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type MemoryWatchOptions, residentBytes, watchMemory } from "../../../src/supervisor/memory-watch.js";
import { createEvents } from "../../../src/telemetry/events.js";
import { supervise, type Supervised } from "../../support/supervised.js";
import { isAlive, until } from "../../support/until.js";

const MIB = 2 ** 20;
const OPTIONS: MemoryWatchOptions = { maxBytes: 200 * MIB, everyMs: 10, pauseMs: 60_000 };

/** A child that holds so much memory, seen ready after each start, and watched. */
async function grown(mebibytes: number, manner: string, options: Partial<MemoryWatchOptions> = {}) {
  const it: Supervised = await supervise(["grows", String(mebibytes), manner], { graceMs: 50 });
  const events = createEvents(
    (level, event, fields) => void it.lines.push(`${level} ${event} ${JSON.stringify(fields)}`),
  );
  const watch = watchMemory({ children: [it.supervisor], events }, { ...OPTIONS, ...options });
  await it.supervisor.start();
  const started = async (count: number): Promise<number> => {
    await until(async () => (await it.starts()).length >= count);
    it.supervisor.ready();
    return (await it.starts())[count - 1] ?? 0;
  };
  return {
    ...it,
    started,
    tooLarge: (): string[] => it.lines.filter((line) => line.includes("too much memory")),
    async [Symbol.asyncDispose]() {
      watch[Symbol.dispose]();
      await it[Symbol.asyncDispose]();
    },
  };
}

describe("a child that has grown too large", () => {
  it("is asked to exit, and started again; that costs it no SURBs, and is announced", async () => {
    await using it = await grown(300, "");
    const first = await it.started(1);
    const second = await it.started(2);
    expect(second).not.toBe(first);
    expect(isAlive(first)).toBe(false);
    expect(it.supervisor.surbEpoch).toBe(0);
    expect(it.supervisor.status.restarts).toBe(1);
    const [line = ""] = it.tooLarge();
    const { rssBytes, maxBytes } = JSON.parse(line.slice(line.indexOf("{"))) as Record<string, number>;
    expect(maxBytes).toBe(200 * MIB);
    expect(rssBytes).toBeGreaterThan(300 * MIB);
    expect(it.lines.join("\n")).toContain('nym client restarting {"child":"fixture","reason":"memory"}');
  });

  it("is not started again for that reason before the pause is over", async () => {
    await using it = await grown(300, "");
    await it.started(1);
    const second = await it.started(2);
    await sleep(300);
    expect(isAlive(second)).toBe(true);
    expect(it.tooLarge()).toHaveLength(1);
  });

  it("is started again after the pause", async () => {
    await using it = await grown(300, "", { pauseMs: 100 });
    for (const count of [1, 2, 3]) await it.started(count);
  });

  it("is never killed when it does not exit, but can still be restarted and stopped", async () => {
    await using it = await grown(300, "stubborn");
    const pid = await it.started(1);
    await until(() => it.supervisor.state === "easing");
    await sleep(300);
    expect(isAlive(pid)).toBe(true);
    it.supervisor.restart("liveness");
    await until(() => !isAlive(pid));
    await it.started(2);
  });
});

describe("a child", () => {
  it("that is not too large is left alone", async () => {
    await using it = await grown(1, "");
    const pid = await it.started(1);
    await sleep(200);
    expect({ alive: isAlive(pid), lines: it.tooLarge() }).toEqual({ alive: true, lines: [] });
  });

  it("may have any size where there is no bound", async () => {
    await using it = await grown(300, "", { maxBytes: 0 });
    const pid = await it.started(1);
    await sleep(200);
    expect({ alive: isAlive(pid), lines: it.tooLarge() }).toEqual({ alive: true, lines: [] });
  });

  it("that is gone has no size", async () => {
    expect(await residentBytes(process.pid)).toBeGreaterThan(MIB);
    expect(await residentBytes(2 ** 30)).toBeUndefined();
  });
});
