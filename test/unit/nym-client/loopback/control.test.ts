/** Commands as text: what they do, and how a wrong one is answered. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { control } from "../../../../nym-client/loopback/control.js";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../../../nym-client/loopback/mixnet.js";
import { settled, TestApp } from "../../../support/loopback-apps.js";

let mixnet: LoopbackMixnet;
let service: TestApp;
let alice: TestApp;

beforeEach(async () => {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, restartMs: 1 });
  service = new TestApp(mixnet, "nym-directory");
  alice = new TestApp(mixnet, "alice");
  alice.ask(service.address, "?", 5);
  await settled();
});
afterEach(() => mixnet.close());

function command(value: unknown): Promise<unknown> {
  return control(mixnet, JSON.stringify(value));
}

test("each command does what its call does", async () => {
  const done = { ok: true, result: null };
  const tag = (await service.request()).senderTag;
  expect(await command({ command: "exhaust", client: "nym-directory", tag })).toEqual({ ok: true, result: 5 });
  expect(await command({ command: "exhaust", client: "nym-directory" })).toEqual({ ok: true, result: 0 });
  expect(await command({ command: "rotateKeys" })).toEqual(done);
  expect(await command({ command: "dropSocket", client: "alice" })).toEqual({ ok: true, result: true });
  expect(await command({ command: "stop", client: "alice", how: "graceful" })).toEqual(done);
  expect(mixnet.counters("alice").running).toBe(false);
  expect(await command({ command: "start", client: "alice" })).toEqual(done);
  expect(mixnet.counters("alice").running).toBe(true);
  expect(await command({ command: "restart", client: "alice", how: "killed", downMs: 2 })).toEqual(done);
  expect(await command({ command: "restart", client: "alice", how: "graceful" })).toEqual(done);
  expect(await command({ command: "addressOf", client: "bob" })).toEqual({
    ok: true,
    result: mixnet.addressOf("bob"),
  });
  expect(await command({ command: "faults", changes: { loss: 0.5 } })).toMatchObject({
    ok: true,
    result: { loss: 0.5 },
  });
  const ofAlice = { command: "faults", client: "alice", changes: { delayMs: 3 } };
  expect(await command(ofAlice)).toMatchObject({ result: { loss: 0.5, delayMs: 3 } });
  expect(mixnet.faults({})).toMatchObject({ loss: 0.5, delayMs: 0 });
  expect(await command({ command: "counters" })).toEqual({ ok: true, result: mixnet.counters() });
  const counters = { ok: true, result: mixnet.counters("alice") };
  expect(await command({ command: "counters", client: "alice" })).toEqual(counters);
});

describe("a wrong command is answered, and does nothing", () => {
  test.each([
    [{ command: "fly" }, "command"],
    [{}, "command"],
    ["restart", "expected object"],
    [{ command: "restart", client: "alice" }, "how"],
    [{ command: "restart", client: "alice", how: "softly" }, "how"],
    [{ command: "restart", client: "alice", how: "killed", downMs: -1 }, "downMs"],
    [{ command: "restart", client: "alice", how: "killed", soon: true }, "soon"],
    [{ command: "faults", changes: { loss: 2 } }, "loss"],
    [{ command: "exhaust", client: "alice", tag: "x" }, "32 lowercase hex characters"],
    [{ command: "stop", client: "bob", how: "killed" }, "there is no client of that name"],
  ])("%j", async (value, complaint) => {
    const before = mixnet.counters();
    expect(await command(value)).toEqual({ ok: false, error: expect.stringContaining(complaint) as string });
    expect(mixnet.counters()).toEqual(before);
  });

  test("not JSON", async () => {
    expect(await control(mixnet, "{")).toMatchObject({ ok: false });
  });
});
