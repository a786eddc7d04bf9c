/** What a nym-client does wrong, or has to bear, and outlives: no launch more, everybody served, and nothing lost. */
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { DirectoryProcess } from "../support/directory.js";
import { launches } from "../support/fake-mixnet.js";
import {
  chat,
  chatThrough,
  commandsOf,
  count,
  couple,
  endsWell,
  nothingLost,
  setUp,
  WATCHED,
} from "../support/native-directory.js";
import { REPETITIONS } from "../support/repetitions.js";

/** The sum of a counter over the directory's life, which its last lines tell. */
function sumOf({ stderr }: DirectoryProcess, counter: string): number {
  const all = stderr.matchAll(new RegExp(` ${counter.replace(".", "\\.")}=(\\d+)`, "g"));
  return Array.from(all, ([, sum]) => Number(sum)).reduce((sum, each) => sum + each, 0);
}

describe.each(REPETITIONS)("repetition %i", { timeout: 60_000 }, () => {
  it.each([
    ["starts slowly", { on: "run", do: "slow", ms: 1_000 }, /directory started/, 1],
    ["misses its gateway for a while", { on: "run", do: "miss-gateway", ms: 1_000, forMs: 1_000 }, /started/, 1],
    ["refuses a second connection for a while", { on: "run", do: "refuse", ms: 300 }, /(bridge opened(.|\n)*){2}/, 2],
  ] as const)("a client that %s goes on serving", async (_name, fault, told, connections) => {
    await using it = await setUp([fault]);
    const directory = await it.start(WATCHED, { untilReady: false });
    await chatThrough(it, directory, told);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run"]);
    expect(count(directory, /bridge opened/)).toBe(connections);
    expect(count(directory, /surbsLost=true|reason=liveness/)).toBe(0);
    await endsWell(it, directory);
  });

  it("a client that sends garbage all the time goes on serving, and the garbage is counted", async () => {
    await using it = await setUp([{ on: "run", do: "garbage" }]);
    const directory = await it.start(WATCHED);
    await chatThrough(it, directory, /directory started/);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run"]);
    expect(count(directory, /bridge opened/)).toBe(1);
    await endsWell(it, directory);
    expect(sumOf(directory, "nymClient.errors")).toBeGreaterThan(100);
  });

  it.each([
    ["one stranger", 1],
    ["thousands of strangers", 5_000],
  ])("a client flooded by %s goes on serving others, and the flood is limited", async (_name, strangers) => {
    await using it = await setUp([{ on: "run", do: "flood", count: 20_000, strangers }]);
    const directory = await it.start({ ...WATCHED, LIMIT_LOOKUPS_PER_SECOND: "100" });
    await chatThrough(it, directory, /directory started/);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run"]);
    await endsWell(it, directory);
    expect(sumOf(directory, "dropped.limited")).toBeGreaterThan(1_000);
  });

  it("strangers who knock at a client's port are refused, and the directory does not notice", async () => {
    await using it = await setUp();
    const directory = await it.start();
    const [, run] = await launches(it.home);
    const port = Number(run?.args[run.args.indexOf("-p") + 1]);
    const { alice, bob } = await couple(it);
    const acknowledged = await chat(alice, bob, () => true);
    const probe = connect(port, "127.0.0.1");
    await new Promise((resolve) => probe.on("error", () => undefined).once("close", resolve));
    const second = new WebSocket(`ws://127.0.0.1:${port}`);
    await new Promise((resolve) => second.once("error", resolve));
    acknowledged.push(...(await chat(alice, bob, () => true)));
    await nothingLost(alice, bob, acknowledged);
    expect(count(directory, /bridge opened/)).toBe(1);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run"]);
    await endsWell(it, directory);
  });
});
