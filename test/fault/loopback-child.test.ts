import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BridgeEvent } from "../../src/bridge/bridge.js";
import { connectBridge } from "../../src/bridge/socket.js";
import { Fleet } from "../../src/supervisor/fleet.js";
import { planOf } from "../../src/supervisor/kinds/plan.js";
import { createCounters } from "../../src/telemetry/counters.js";
import { Hygiene } from "../support/hygiene.js";
import { PATIENT, recordEvents } from "../support/supervised.js";
import { isAlive, until } from "../support/until.js";

const CLIENTS = 2;
const NO_PROGRAM = {
  binary: "/none",
  allowUnpinned: false,
  apis: undefined,
  gateway: undefined,
  mode: "default",
} as const;

/** The loopback mixnet as the directory runs it, with a bridge to each of its clients, and all that they say. */
async function start() {
  const dataDir = mkdtempSync(join(tmpdir(), "nym-directory-loopback-child-"));
  const plan = await planOf({
    dataDir,
    nymClient: {
      ...NO_PROGRAM,
      kind: "loopback",
      apis: undefined,
      gateway: undefined,
      mode: "default",
      pool: Array.from({ length: CLIENTS }, (_, index) => ({ id: `dir-${index}`, url: "ws://127.0.0.1:0" })),
    },
    loopback: { usersPort: 0, controlPort: 0, packetsPerSecond: 0, seed: 1 },
  });
  const { events, lines } = recordEvents();
  const runFolder = join(dataDir, "run");
  const fleet = new Fleet(plan, { events, random: Math.random }, { ...PATIENT, runFolder });
  await fleet.start();
  const end = new AbortController();
  const opened: Extract<BridgeEvent, { type: "opened" }>[][] = Array.from({ length: CLIENTS }, () => []);
  const bridges = plan.endpoints.map((url, index) =>
    connectBridge(
      { counters: createCounters() },
      {
        index,
        url,
        signal: end.signal,
        frameMaxBytes: 1 << 20,
        handshakeMs: 30_000,
        pingMs: 0,
        closeMs: 1_000,
        reconnectMinMs: 10,
        reconnectMaxMs: 20,
        startAllowanceMs: 30_000,
        askMs: 1_000,
        queue: { items: 100, bytes: 1 << 20 },
        outboxBytes: 1 << 20,
        survived: fleet.survival(index),
      },
    ),
  );
  const read = async (index: number): Promise<void> => {
    for await (const batch of bridges[index]?.events() ?? []) {
      for (const event of batch) {
        if (event.type !== "opened") continue;
        fleet.ready(index);
        opened[index]?.push(event);
      }
    }
  };
  for (const { index } of bridges) void read(index);
  return {
    fleet,
    dataDir,
    lines,
    /** Waits until each bridge has opened so often, and returns whether the SURBs were lost then. */
    opened: (times: number) =>
      until(() => opened.every((all) => all.length >= times) && opened.map((all) => all[times - 1]?.surbsLost)),
    addresses: () => opened.map((all) => all[0]?.address ?? ""),
    pid: () => (JSON.parse(readFileSync(join(runFolder, "loopback.json"), "utf8")) as { pid: number }).pid,
    announcementPath: join(dataDir, "loopback.json"),
    announcement: () => until(() => JSON.parse(readFileSync(join(dataDir, "loopback.json"), "utf8")) as object),
    async [Symbol.asyncDispose]() {
      end.abort();
      await fleet.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

describe("the loopback mixnet as a child", () => {
  it("serves the whole pool, and says where its users and its controls are in a private file", async () => {
    await using it = await start();
    expect(await it.opened(1)).toEqual([false, false]);
    expect(it.lines.filter((line) => line.startsWith("info nym client ready"))).toHaveLength(1);
    expect(await it.announcement()).toMatchObject({
      users: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+/) as string,
      control: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+/) as string,
    });
    expect(statSync(it.announcementPath).mode & 0o777).toBe(0o600);
  });

  it("is back at the same ports after kill -9, without its SURBs, and everybody is told", async () => {
    await using it = await start();
    await it.opened(1);
    const before = await it.announcement();
    const pid = it.pid();
    process.kill(pid, "SIGKILL");
    expect(await it.opened(2)).toEqual([true, true]);
    expect(it.pid()).not.toBe(pid);
    const after = await it.announcement();
    expect({ ...after, seed: undefined }).toEqual({ ...before, seed: undefined });
    expect(it.lines.join("\n")).toContain('"signal":"SIGKILL"');
  });

  it("ends in good order, and leaves no file that tells of it", async () => {
    await using it = await start();
    await it.opened(1);
    await it.announcement();
    const pid = it.pid();
    await it.fleet.stop();
    expect(isAlive(pid)).toBe(false);
    expect(it.lines).toContain('info nym client stopped {"child":"loopback","code":0}');
    expect(() => statSync(it.announcementPath)).toThrow("ENOENT");
    expect(() => it.pid()).toThrow("ENOENT");
  });

  it("shows no address of the directory in the log", async () => {
    await using it = await start();
    await it.opened(1);
    await it.fleet.stop();
    const hygiene = new Hygiene();
    for (const address of it.addresses()) hygiene.address(address);
    expect(hygiene.leaks({ log: it.lines.join("\n") })).toEqual([]);
  });
});
