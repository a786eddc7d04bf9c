import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PreparationTools } from "../../../src/supervisor/kinds/kind.js";
import type { SupervisorOptions } from "../../../src/supervisor/supervisor.js";
import { fixtureSpec, supervise, type Supervised } from "../../support/supervised.js";
import { isAlive, until } from "../../support/until.js";

/** A child whose preparation is given; the fixture that it runs as a step notes its starts in `steps`. */
function prepared(
  prepare: (tools: PreparationTools, step: (name: string, ...args: string[]) => string[]) => Promise<void>,
  options: Partial<SupervisorOptions> = {},
): Promise<Supervised> {
  return supervise((folder) => {
    const step = (name: string, ...args: string[]): string[] => [
      ...fixtureSpec(folder, name, ...args).args.slice(0, -1),
      join(folder, "steps"),
    ];
    return { ...fixtureSpec(folder, "serves"), prepare: (tools) => prepare(tools, step) };
  }, options);
}

async function stepPids(it: Supervised): Promise<number[]> {
  const text = await readFile(join(it.folder, "steps"), "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).map(Number);
}

describe("a check", () => {
  it("that fails ends the start, and nothing is launched", async () => {
    await using it = await supervise((folder) => ({
      ...fixtureSpec(folder, "serves"),
      check: () => Promise.reject(new RangeError("taken")),
    }));
    await expect(it.supervisor.start()).rejects.toThrow("taken");
    expect(it.supervisor.state).toBe("stopped");
    expect(await it.starts()).toEqual([]);
  });
});

describe("a preparation", () => {
  it("comes before the launch, and hands over what its step wrote", async () => {
    let written = "";
    await using it = await prepared(async ({ run }) => {
      written = await run(["-e", "console.log(process.env.HOME ?? 'nothing inherited')"]);
    });
    await it.supervisor.start();
    await until(async () => (await it.starts()).length === 1);
    expect(written).toBe("nothing inherited\n");
    expect(it.lines.join("\n")).not.toContain("nothing inherited");
  });

  it("that fails is tried again after the back-off, says so, and nothing is launched meanwhile", async () => {
    let tries = 0;
    await using it = await prepared(async ({ run }, step) => {
      if (++tries < 3) await run(step("exits", "1"));
    });
    await it.supervisor.start();
    await until(async () => (await it.starts()).length === 1);
    const failed = it.lines.filter((line) => line.includes("could not be prepared"));
    expect(failed.map((line) => /"code":(\d+).*"restartInMs":(\d+)/.exec(line)?.slice(1))).toEqual([
      ["1", "20"],
      ["1", "40"],
    ]);
    expect(it.supervisor.surbEpoch).toBe(0);
  });

  it("that throws is tried again as well", async () => {
    let tries = 0;
    await using it = await prepared(() => {
      if (++tries < 2) throw Object.assign(new Error("disk"), { code: "ENOSPC" });
      return Promise.resolve();
    });
    await it.supervisor.start();
    await until(async () => (await it.starts()).length === 1);
    expect(it.lines.join("\n")).toContain('"code":"ENOSPC"');
  });

  it("that takes longer than its allowance is ended, and the launch has an allowance of its own", async () => {
    let tries = 0;
    let ended = false;
    await using it = await prepared(
      async ({ run }, step) => {
        // Serves until it is ended; whether it came so far as to note its pid depends on how busy the machine is.
        if (++tries > 1) return;
        await run(step("serves")).finally(() => (ended = true));
      },
      { startAllowanceMs: 400 },
    );
    await it.supervisor.start();
    await until(async () => (await it.starts()).length >= 1);
    expect(it.lines.join("\n")).toContain("not ready in time");
    expect(ended).toBe(true);
    expect((await stepPids(it)).filter(isAlive)).toEqual([]);
  });

  it("under way is recorded, and ended by a stop", async () => {
    await using it = await prepared(({ run }, step) => run(step("serves")).then(() => undefined));
    await it.supervisor.start();
    const pid = await until(async () => (await stepPids(it))[0]);
    const record = JSON.parse(await readFile(join(it.runFolder, "fixture.json"), "utf8")) as {
      pid: number;
      command: string[];
    };
    expect(record.pid).toBe(pid);
    expect(record.command.at(-1)).toBe(join(it.folder, "steps"));
    await it.supervisor.stop();
    expect(isAlive(pid)).toBe(false);
    expect(it.supervisor.state).toBe("stopped");
    expect(it.lines.at(-1)).toContain("nym client stopped");
    expect(await it.starts()).toEqual([]);
    await expect(readFile(join(it.runFolder, "fixture.json"))).rejects.toThrow("ENOENT");
  });

  it("that finds out late that it is not wanted any more launches nothing", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await using it = await prepared(() => held);
    await it.supervisor.start();
    const stopped = it.supervisor.stop();
    release();
    await stopped;
    expect(await it.starts()).toEqual([]);
  });
});
