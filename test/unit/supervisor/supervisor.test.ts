import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fixtureSpec, supervise } from "../../support/supervised.js";
import { isAlive, until } from "../../support/until.js";

const atLeast = (count: number, probe: () => Promise<number[]>) =>
  until(async () => {
    const all = await probe();
    return all.length >= count && all;
  });

describe("a child that exits", () => {
  it.each([
    ["with code 0", ["exits", "0"] as const, '"code":0'],
    ["with code 1", ["exits", "1"] as const, '"code":1'],
    ["by a signal", ["aborts"] as const, '"signal":"SIGABRT"'],
  ])("%s is started again, without end", async (_name, fixture, told) => {
    await using it = await supervise([...fixture]);
    await it.supervisor.start();
    await atLeast(4, it.starts);
    const exits = it.lines.filter((line) => line.startsWith("warn nym client exited"));
    expect(exits[0]).toContain(told);
    expect(exits.slice(0, 3).map((line) => /"restartInMs":(\d+)/.exec(line)?.[1])).toEqual(["20", "40", "80"]);
  });

  it("after it ran well for long starts again with the shortest back-off", async () => {
    await using it = await supervise(["serves"], { stableAfterMs: 0 });
    await it.supervisor.start();
    for (let run = 1; run <= 3; run++) {
      const pid = (await atLeast(run, it.starts)).at(-1) ?? 0;
      it.supervisor.ready();
      process.kill(pid, "SIGKILL");
      await until(() => it.lines.filter((line) => line.includes("exited")).length === run);
    }
    const waits = it.lines.flatMap((line) => /"restartInMs":(\d+)/.exec(line)?.[1] ?? []);
    expect(waits).toEqual(["20", "20", "20"]);
  });

  it("is tried again when its program does not exist", async () => {
    await using it = await supervise((folder) => ({ ...fixtureSpec(folder, "serves"), command: join(folder, "none") }));
    await it.supervisor.start();
    await until(() => it.lines.filter((line) => line.includes("nym client exited")).length >= 2);
    expect(it.lines.join("\n")).toContain('"code":127');
  });

  it("is tried again when it cannot be launched at all", async () => {
    await using it = await supervise((folder) => ({ ...fixtureSpec(folder, "serves"), args: ["\0"] }));
    await it.supervisor.start();
    await until(() => it.lines.filter((line) => line.includes("could not be started")).length >= 2);
    expect(it.lines.join("\n")).toContain('"code":"ERR_INVALID_ARG_VALUE"');
  });
});

describe("a child that serves", () => {
  it("is ended by SIGINT, once and for all", async () => {
    await using it = await supervise(["serves"]);
    await it.supervisor.start();
    const [pid = 0] = await atLeast(1, it.starts);
    it.supervisor.ready();
    expect(it.supervisor.state).toBe("ready");
    await Promise.all([it.supervisor.stop(), it.supervisor.stop()]);
    await it.supervisor.stop();
    expect(isAlive(pid)).toBe(false);
    expect(it.supervisor.state).toBe("stopped");
    expect(it.supervisor.surbEpoch).toBe(0);
    expect(it.lines.map((line) => line.split(" {")[0])).toEqual([
      "info nym client starting",
      "info nym client ready",
      "info nym client stopping",
      "info nym client stopped",
    ]);
    expect(await it.starts()).toHaveLength(1);
  });

  it("is ended by the signal that ends everything", async () => {
    await using it = await supervise(["serves"]);
    await it.supervisor.start();
    const [pid = 0] = await atLeast(1, it.starts);
    it.end.abort();
    await until(() => !isAlive(pid));
    await until(() => it.supervisor.state === "stopped");
  });

  it("may take its grace to exit", async () => {
    await using it = await supervise(["slow-to-stop", "200"]);
    await it.supervisor.start();
    await atLeast(1, it.starts);
    await it.supervisor.stop();
    expect(it.lines.join("\n")).not.toContain("killed");
    expect(it.lines.at(-1)).toContain('"code":0');
  });

  it("is killed when it ignores SIGINT for longer than its grace", async () => {
    await using it = await supervise(["ignores-sigint"], { graceMs: 50 });
    await it.supervisor.start();
    const [pid = 0] = await atLeast(1, it.starts);
    await it.supervisor.stop();
    expect(isAlive(pid)).toBe(false);
    expect(it.lines.slice(-2)).toEqual([
      'warn nym client killed {"child":"fixture","graceMs":50}',
      'info nym client stopped {"child":"fixture","signal":"SIGKILL"}',
    ]);
    expect(it.supervisor.surbEpoch).toBe(1);
  });

  it("leaves nothing of its group behind", async () => {
    await using it = await supervise(["forks"]);
    await it.supervisor.start();
    const [grandchild = 0] = await atLeast(1, it.starts);
    expect(isAlive(grandchild)).toBe(true);
    await it.supervisor.stop();
    await until(() => !isAlive(grandchild));
  });

  it("is not thought gone because it closed its output", async () => {
    await using it = await supervise(["closes-output"]);
    await it.supervisor.start();
    const [pid = 0] = await atLeast(1, it.starts);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isAlive(pid)).toBe(true);
    expect(it.supervisor.state).toBe("starting");
  });

  it.runIf(process.platform === "linux")("cannot dump its memory", async () => {
    await using it = await supervise(["serves"]);
    await it.supervisor.start();
    const [pid = 0] = await atLeast(1, it.starts);
    expect(readFileSync(`/proc/${pid}/limits`, "utf8")).toMatch(/^Max core file size +0 +0 /m);
  });
});

describe("a restart", () => {
  it("follows when a start takes longer than it may", async () => {
    await using it = await supervise(["serves"], { startAllowanceMs: 300 });
    await it.supervisor.start();
    const [first = 0] = await atLeast(2, it.starts);
    expect(isAlive(first)).toBe(false);
    expect(it.lines).toContain('warn nym client not ready in time {"child":"fixture","allowanceMs":300}');
    expect(it.lines.join("\n")).toContain('"code":0');
  });

  it("follows a request, gracefully, and keeps the SURBs", async () => {
    await using it = await supervise(["serves"]);
    await it.supervisor.start();
    await atLeast(1, it.starts);
    it.supervisor.ready();
    it.supervisor.restart("memory");
    await atLeast(2, it.starts);
    expect(it.lines).toContain('warn nym client restarting {"child":"fixture","reason":"memory"}');
    expect(it.supervisor.surbEpoch).toBe(0);
  });

  it("kills a child that ignores the request, and the SURBs are lost", async () => {
    await using it = await supervise(["ignores-sigint"], { graceMs: 50 });
    await it.supervisor.start();
    const [first = 0] = await atLeast(1, it.starts);
    it.supervisor.restart("deaf");
    await atLeast(2, it.starts);
    expect(isAlive(first)).toBe(false);
    expect(it.supervisor.surbEpoch).toBe(1);
  });

  it("loses the SURBs of a child that keeps them nowhere, and of one that exits unasked with code 0", async () => {
    await using forgetful = await supervise((folder) => ({ ...fixtureSpec(folder, "serves"), keepsSurbs: false }));
    await forgetful.supervisor.start();
    await atLeast(1, forgetful.starts);
    forgetful.supervisor.restart("memory");
    await atLeast(2, forgetful.starts);
    expect(forgetful.supervisor.surbEpoch).toBe(1);

    await using unasked = await supervise(["exits", "0"]);
    await unasked.supervisor.start();
    await atLeast(2, unasked.starts);
    expect(unasked.supervisor.surbEpoch).toBeGreaterThan(0);
  });

  it("is given up when everything ends during the back-off", async () => {
    await using it = await supervise(["exits", "1"], { backOff: { minMs: 60_000, maxMs: 60_000 } });
    await it.supervisor.start();
    await until(() => it.supervisor.state === "backingOff");
    await it.supervisor.stop();
    expect(await it.starts()).toHaveLength(1);
  });
});

describe("what a child prints", () => {
  it("reaches the log without addresses and tags, and never restarts it", async () => {
    await using it = await supervise(["prints-secrets"]);
    await it.supervisor.start();
    await until(() => it.lines.some((line) => line.includes("nym client warns")));
    await until(() => it.lines.some((line) => line.includes("second line")));
    const all = it.lines.join("\n");
    expect(all).toContain("The address of this client is: [redacted]");
    expect(all).toMatch(/warn nym client warns .*handler\.rs:241.*no reply to \[redacted\]/);
    expect(all).not.toMatch(/2AB3tusN|XvScgFSy/);
    expect(await it.starts()).toHaveLength(1);
    expect(it.supervisor.state).toBe("starting");
  });

  it("goes to a private file if it is an announcement, for as long as the child runs", async () => {
    await using it = await supervise((folder) => ({
      ...fixtureSpec(folder, "prints-secrets"),
      announceTo: join(folder, "announcement.json"),
    }));
    await it.supervisor.start();
    const path = join(it.folder, "announcement.json");
    const text = await until(() => readFileSync(path, "utf8"));
    expect(JSON.parse(text)).toEqual({ users: "ws://127.0.0.1:1990" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await until(() => it.lines.some((line) => line.includes("second line")));
    expect(it.lines.join("\n")).not.toContain("1990");
    await it.supervisor.stop();
    expect(() => statSync(path)).toThrow("ENOENT");
  });

  it("cannot flood the log", async () => {
    await using it = await supervise(["prints-forever"]);
    await it.supervisor.start();
    await until(() => it.lines.filter((line) => line.includes("nym client warns")).length === 30);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(it.lines.filter((line) => line.includes("nym client warns"))).toHaveLength(30);
    await it.supervisor.stop();
    await until(() => it.lines.some((line) => /warnings suppressed .*"lines":\d{2,}/.test(line)));
  });
});
