import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SupervisedElsewhereError } from "../../src/supervisor/orphans.js";
import { identify } from "../../src/supervisor/process-identity.js";
import { fixtureSpec, PATIENT, starts, supervise, type Supervised } from "../support/supervised.js";
import { isAlive, until } from "../support/until.js";

const SUPERVISING = fileURLToPath(new URL("../fixtures/children/supervising.mjs", import.meta.url));

let folder = "";
const spawned: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nym-directory-orphans-"));
});

afterEach(async () => {
  for (const child of spawned.splice(0)) child.kill("SIGKILL");
  for (const pid of await starts(folder)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A process that supervises `fixture`, like a directory; resolves when the child has started. */
async function directory(fixture: string, graceMs = 60_000): Promise<{ process: ChildProcess; child: number }> {
  const options = { ...PATIENT, graceMs, runFolder: join(folder, "run") };
  const supervising = spawn(
    process.execPath,
    [SUPERVISING, JSON.stringify({ spec: fixtureSpec(folder, fixture), options })],
    { stdio: "ignore" },
  );
  spawned.push(supervising);
  const before = (await starts(folder)).length;
  const child = await until(async () => (await starts(folder))[before]);
  return { process: supervising, child };
}

/** The next directory over the same data. */
function nextDirectory(fixture: string, graceMs = 60_000): Promise<Supervised> {
  return supervise(() => fixtureSpec(folder, fixture), { graceMs, runFolder: join(folder, "run") });
}

async function killed(supervising: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => supervising.once("exit", resolve));
  supervising.kill("SIGKILL");
  await exited;
}

describe.runIf(process.platform === "linux")("a child whose directory was killed", () => {
  it("exits by itself when it is one of our own, since its input closes", async () => {
    const first = await directory("serves");
    await killed(first.process);
    await until(() => !isAlive(first.child));
  });

  it("is found and asked to exit by the next directory, before that starts its own", async () => {
    const first = await directory("ignores-stdin");
    await killed(first.process);
    expect(isAlive(first.child)).toBe(true);
    await using next = await nextDirectory("ignores-stdin");
    await next.supervisor.start();
    expect(isAlive(first.child)).toBe(false);
    const second = await until(async () => (await starts(folder))[1]);
    expect(isAlive(second)).toBe(true);
    expect(next.lines).toContain('info nym client of an earlier run ended {"child":"fixture","signal":"SIGINT"}');
  });

  it("is killed by the next directory when it does not exit within its grace", async () => {
    const first = await directory("ignores-sigint");
    await killed(first.process);
    await using next = await nextDirectory("ignores-sigint", 100);
    await next.supervisor.start();
    expect(isAlive(first.child)).toBe(false);
    expect(next.lines).toContain('info nym client of an earlier run ended {"child":"fixture","signal":"SIGKILL"}');
    await until(async () => (await starts(folder)).length === 2);
  });

  it("does not hold the next directory up when that is to stop", async () => {
    const first = await directory("ignores-sigint");
    await killed(first.process);
    await using next = await nextDirectory("ignores-sigint");
    const started = next.supervisor.start();
    await until(() => next.lines.some((line) => line.includes("earlier run found")));
    await next.supervisor.stop();
    await started;
    expect(next.supervisor.state).toBe("stopped");
    expect(await starts(folder)).toHaveLength(1);
  });
});

describe.runIf(process.platform === "linux")("a process that is not certainly ours", () => {
  /** A bystander that has the pid of the record, and what is recorded of it. */
  async function bystander() {
    const command = [process.execPath, "-e", "setInterval(() => {}, 1000)"];
    const child = spawn(process.execPath, command.slice(1), { stdio: "ignore", detached: true });
    spawned.push(child);
    const pid = child.pid ?? 0;
    const identity = await until(() => identify(pid));
    return { pid, record: { pid, child: identity, command } };
  }

  async function startWith(record: unknown): Promise<string> {
    mkdirSync(join(folder, "run"));
    writeFileSync(join(folder, "run", "fixture.json"), typeof record === "string" ? record : JSON.stringify(record));
    await using next = await nextDirectory("serves");
    await next.supervisor.start();
    await until(async () => (await starts(folder)).length === 1);
    return next.lines.join("\n");
  }

  it("would be ended if everything were right (so that the other tests can fail)", async () => {
    const { pid, record } = await bystander();
    expect(await startWith(record)).toContain("earlier run ended");
    await until(() => !isAlive(pid));
  });

  it("is left alone when it has the pid of a child that is gone", async () => {
    const { pid, record } = await bystander();
    const lines = await startWith({ ...record, child: { ...record.child, startTime: "1" } });
    expect(lines).not.toContain("earlier run");
    expect(isAlive(pid)).toBe(true);
  });

  it("is left alone when the machine was started again since", async () => {
    const { pid, record } = await bystander();
    const lines = await startWith({ ...record, child: { ...record.child, boot: "another" } });
    expect(lines).not.toContain("earlier run");
    expect(isAlive(pid)).toBe(true);
  });

  it("is left alone, and reported, when it runs another program", async () => {
    const { pid, record } = await bystander();
    const lines = await startWith({ ...record, command: [process.execPath, "-e", "0"] });
    expect(lines).toContain("warn nym client of an earlier run not verified");
    expect(isAlive(pid)).toBe(true);
  });

  it("is left alone, and reported, when the system did not tell when it started", async () => {
    const { pid, record } = await bystander();
    const lines = await startWith({ pid, command: record.command });
    expect(lines).toContain("warn nym client of an earlier run not verified");
    expect(isAlive(pid)).toBe(true);
  });

  it("is left alone when the record is damaged", async () => {
    const { pid, record } = await bystander();
    expect(await startWith(JSON.stringify(record).slice(0, -1))).not.toContain("earlier run");
    expect(isAlive(pid)).toBe(true);
  });

  it("is left alone when the directory that it belongs to runs: there are two with the same data", async () => {
    const first = await directory("serves");
    await using next = await nextDirectory("serves");
    await expect(next.supervisor.start()).rejects.toThrow(SupervisedElsewhereError);
    expect(isAlive(first.child)).toBe(true);
    expect(await starts(folder)).toHaveLength(1);
  });
});

describe("a directory that ends", () => {
  it("takes its children along on SIGTERM, and what they started", async () => {
    const first = await directory("forks");
    const exited = new Promise((resolve) => first.process.once("exit", resolve));
    first.process.kill("SIGTERM");
    expect(await exited).toBe(0);
    await until(() => !isAlive(first.child));
  });

  it("asks its children to exit even when it ends by a fault of its own", async () => {
    const first = await directory("ignores-stdin");
    first.process.kill("SIGUSR2");
    await until(() => !isAlive(first.child));
  });
});

describe("the record of a child", () => {
  it("is on the disk before the child begins, private, and gone when the child is", async () => {
    const record = join(folder, "run", "fixture.json");
    await using it = await supervise(() => fixtureSpec(folder, "finds-record", record), {
      runFolder: join(folder, "run"),
    });
    await it.supervisor.start();
    await until(async () => (await starts(folder)).length === 1);
    expect(statSync(record).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "run")).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(record, "utf8"))).toMatchObject({ pid: it.supervisor.pid });
    await it.supervisor.stop();
    expect(() => statSync(record)).toThrow("ENOENT");
  });

  it("is not worth the service: a child runs even if it cannot be recorded", async () => {
    writeFileSync(join(folder, "run"), "not a folder");
    await using it = await supervise(() => fixtureSpec(folder, "serves"), { runFolder: join(folder, "run") });
    await expect(it.supervisor.start()).resolves.toBeUndefined();
    await until(async () => (await starts(folder)).length === 1);
    expect(it.lines.join("\n")).toContain("warn nym client not recorded");
  });
});
