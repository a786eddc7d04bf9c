import { rm } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Fleet } from "../../../src/supervisor/fleet.js";
import { fixtureSpec, PATIENT, recordEvents, starts } from "../../support/supervised.js";
import { isAlive, until } from "../../support/until.js";

/** A fleet of two children, the second of which serves two pool members; member 3 is somebody else's. */
async function fleet() {
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-fleet-"));
  const { events, lines } = recordEvents();
  const children = [
    { ...fixtureSpec(folder, "serves"), name: "first", clients: [0] },
    { ...fixtureSpec(folder, "serves"), name: "second", clients: [1, 2] },
  ];
  const endpoints = ["ws://a", "ws://b", "ws://c", "ws://d"];
  const it = new Fleet(
    { endpoints, children },
    { events, random: () => 0.5 },
    { ...PATIENT, runFolder: join(folder, "run") },
  );
  await it.start();
  await until(async () => (await starts(folder)).length === 2);
  return {
    fleet: it,
    folder,
    lines,
    async [Symbol.asyncDispose]() {
      await it.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe("a fleet", () => {
  it("sees its children ready by the pool members that they serve", async () => {
    await using it = await fleet();
    for (const client of [2, 1, 3, 0]) it.fleet.ready(client);
    const ready = it.lines.filter((line) => line.includes("ready"));
    expect(ready.map((line) => /"child":"(\w+)"/.exec(line)?.[1])).toEqual(["second", "first"]);
  });

  it("tells of each pool member whether its SURBs outlived the exits since it was last asked", async () => {
    await using it = await fleet();
    const survived = [0, 1, 2, 3].map((client) => it.fleet.survival(client));
    const answers = () => survived.map((ask) => ask());
    expect(answers()).toEqual([undefined, undefined, undefined, undefined]);
    for (const client of [0, 1]) it.fleet.ready(client);
    it.fleet.restart(0, "memory");
    await until(async () => (await starts(it.folder)).length === 3);
    expect(answers()).toEqual([true, undefined, undefined, undefined]);
    const run = it.lines.length;
    for (const pid of await starts(it.folder)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    await until(() => it.lines.slice(run).filter((line) => line.includes("exited")).length === 2);
    expect(answers()).toEqual([false, false, false, undefined]);
    expect(answers()).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("ends all of its children", async () => {
    await using it = await fleet();
    await it.fleet.stop();
    expect((await starts(it.folder)).filter(isAlive)).toEqual([]);
  });
});
