/**
 * What a nym-client does wrong that ends it, or makes the directory end it; each time to a directory as its operator runs
 * it and to two users who chat: what happens, how long until they are served again, and that nothing which was
 * acknowledged is lost. What it outlives is in `nym-client-outlives.test.ts`.
 */
import { describe, expect, it } from "vitest";
import { launches } from "../support/fake-mixnet.js";
import {
  chat,
  chatThrough,
  commandsOf,
  count,
  couple,
  endsWell,
  isBackInTime,
  nothingLost,
  pidOf,
  SCALED,
  setUp,
  WATCHED,
} from "../support/native-directory.js";
import { REPETITIONS } from "../support/repetitions.js";
import { isAlive, until } from "../support/until.js";

const MIB = 2 ** 20;
const GRACE_MS = Number(SCALED.STOP_GRACE_SECONDS) * 1_000;

describe.each(REPETITIONS)("repetition %i", { timeout: 60_000 }, () => {
  /** Faults that end the process: one pause, one more launch. */
  it.each([
    ["exits with 0", { on: "run", do: "exit", code: 0, ms: 1_500 }, /nym client exited.*code=0/],
    ["exits with 1", { on: "run", do: "exit", code: 1, ms: 1_500 }, /nym client exited.*code=1/],
    ["aborts on a failed handshake", { on: "run", do: "abort" }, /nym client exited.*signal=SIGABRT/],
    ["loses its gateway for good", { on: "run", do: "lose-gateway", ms: 1_000, forMs: 1_000 }, /exited.*code=0/],
  ] as const)("a client that %s is back after one pause", async (_name, fault, told) => {
    await using it = await setUp([fault]);
    const directory = await it.start({}, { untilReady: false });
    await chatThrough(it, directory, told);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run", "run"]);
    isBackInTime(directory, 1);
    await endsWell(it, directory);
  });

  it("a client that is killed with -9 is back after one pause", async () => {
    await using it = await setUp();
    const directory = await it.start();
    const { alice, bob } = await couple(it);
    const pid = await pidOf(it);
    const acknowledged = await chat(alice, bob, () => true);
    process.kill(pid, "SIGKILL");
    acknowledged.push(...(await chat(alice, bob, () => /exited.*signal=SIGKILL/.test(directory.stderr))));
    await nothingLost(alice, bob, acknowledged);
    isBackInTime(directory, 1);
    await endsWell(it, directory);
  });

  it("a client that exits again and again is tried ever more slowly, until it serves", async () => {
    const exit = { on: "run", do: "exit", code: 1, ms: 0 } as const;
    await using it = await setUp([exit, exit, exit, exit]);
    const directory = await it.start({}, { untilReady: false });
    await chatThrough(it, directory, /directory started/);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run", "run", "run", "run", "run"]);
    isBackInTime(directory, 4);
    await endsWell(it, directory);
  });

  it("a client whose gateway is not in the network exits until it is", async () => {
    await using it = await setUp();
    await (await it.start()).stop();
    it.net.api.present = [];
    const directory = await it.start({}, { untilReady: false });
    await directory.says(/nym client exited.*code=1(.|\n)*nym client exited.*code=1/);
    it.net.api.present = [0];
    await chatThrough(it, directory, /directory started/);
    isBackInTime(directory, count(directory, /nym client exited/));
    await endsWell(it, directory);
  });

  /** Faults that nobody but the directory ends. */
  it.each([
    ["accepts, and never answers", { on: "run", do: "hang" }, /not ready in time(.|\n)*nym client exited.*code=0/],
    ["takes too long to start", { on: "run", do: "slow", ms: 60_000 }, /not ready in time(.|\n)*nym client exited/],
  ] as const)("a client that %s is ended after its allowance", async (_name, fault, told) => {
    await using it = await setUp([fault]);
    const directory = await it.start({ START_ALLOWANCE_SECONDS: "4" }, { untilReady: false });
    await chatThrough(it, directory, told);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run", "run"]);
    expect(count(directory, /allowanceMs=4000/)).toBe(1);
    isBackInTime(directory, 1);
    await endsWell(it, directory);
  });

  it("a client that goes deaf is ended gracefully after three checks", async () => {
    await using it = await setUp([{ on: "run", do: "deaf", ms: 1_500 }]);
    const directory = await it.start(WATCHED);
    await chatThrough(it, directory, /reason=liveness(.|\n)*nym client exited.*code=0/);
    expect(count(directory, /nym client is silent/)).toBe(3);
    expect(count(directory, /nym client killed/)).toBe(0);
    expect(directory.stderr).toMatch(/exited(.|\n)*bridge opened client=0 surbsLost=false/);
    isBackInTime(directory, 1);
    await endsWell(it, directory);
  });

  it("a client that stands still is killed after three checks and its grace", async () => {
    await using it = await setUp([{ on: "run", do: "freeze", ms: 1_500 }]);
    const directory = await it.start(WATCHED);
    await chatThrough(it, directory, /reason=liveness(.|\n)*nym client exited.*signal=SIGKILL/);
    expect(count(directory, /nym client is silent/)).toBe(3);
    expect(directory.stderr).toContain(`graceMs=${GRACE_MS}`);
    expect(directory.stderr).toMatch(/exited(.|\n)*bridge opened client=0 surbsLost=true/);
    isBackInTime(directory, 1);
    await endsWell(it, directory);
  });

  it("a client that grows too large is asked to exit, once, and keeps its reply blocks", async () => {
    const grow = { on: "run", do: "grow", mebibytes: 300 } as const;
    await using it = await setUp([grow, grow]);
    const bound = { NYM_CLIENT_MAX_RSS_BYTES: String(200 * MIB), MEMORY_CHECK_SECONDS: "0.05" };
    const directory = await it.start(bound, { untilReady: false });
    await chatThrough(it, directory, /reason=memory(.|\n)*nym client exited.*code=0(.|\n)*bridge opened/);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run", "run"]);
    expect(count(directory, /too much memory/)).toBe(1);
    expect(count(directory, /nym client killed|surbsLost=true/)).toBe(0);
    isBackInTime(directory, 1);
    await endsWell(it, directory);
  });

  it("a directory that is killed with -9 leaves a client, which the next one ends before it serves", async () => {
    await using it = await setUp();
    const first = await it.start();
    const { alice, bob } = await couple(it);
    const acknowledged = await chat(alice, bob, () => true);
    const orphan = await pidOf(it);
    await first.stop("SIGKILL");
    expect(isAlive(orphan)).toBe(true);
    const second = await it.start();
    expect(isAlive(orphan)).toBe(false);
    expect(second.stderr).toMatch(/nym client of an earlier run ended.*signal=SIGINT/);
    acknowledged.push(...(await chat(alice, bob, () => true)));
    await nothingLost(alice, bob, acknowledged);
    await endsWell(it, second);
  });

  it("a client that does not stop at SIGINT is killed after its grace, and the directory still stops in good order", async () => {
    await using it = await setUp([{ on: "run", do: "stubborn" }]);
    const directory = await it.start();
    const pid = await pidOf(it);
    expect(await directory.stop()).toBe(0);
    expect(directory.stderr).toContain(`graceMs=${GRACE_MS}`);
    await until(() => !isAlive(pid));
  });
});
