/** The pace of a client: packets leave at random intervals around the mean, whatever the timers of the machine do. */
import { expect, test } from "vitest";
import { Outbox } from "../../../../nym-client/loopback/outbox.js";
import { createRandom } from "../../../../nym-client/loopback/random.js";
import { newTransit } from "../../../../nym-client/loopback/transit.js";
import { deriveAddress } from "../../../../nym-client/loopback/identity.js";

const transit = newTransit(deriveAddress("test", "a"), { kind: "plain", message: Buffer.alloc(0) }, 1);
const packet = { transit, attempt: 0, needed: true };

/** Runs an outbox on a clock of its own, with timers that are up to `lateMs` late, and returns when packets left. */
function departures(packetsPerSecond: number, packets: number, lateMs: number): number[] {
  let now = 0;
  let due: { at: number; action: () => void } | undefined;
  const left: number[] = [];
  const agenda = { now: () => now, at: (at: number, action: () => void) => (due = { at, action }) };
  const random = createRandom("pace");
  const outbox = new Outbox({ agenda, random, emit: () => left.push(now) }, packetsPerSecond);
  outbox.send("general", packet, packets);
  while (due !== undefined) {
    const { at, action } = due;
    due = undefined;
    now = Math.max(now, at + lateMs);
    action();
  }
  return left;
}

test("packets leave at 50 a second, at random", () => {
  const left = departures(50, 5_000, 0);
  expect(left).toHaveLength(5_000);
  const gaps = left.map((at, index) => at - (left[index - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  expect(mean).toBeGreaterThan(19);
  expect(mean).toBeLessThan(21);
  // Of exponentially distributed gaps 1 in e is longer than the mean.
  const long = gaps.filter((gap) => gap > 20).length / gaps.length;
  expect(long).toBeGreaterThan(0.34);
  expect(long).toBeLessThan(0.4);
});

test("late timers do not slow a client down", () => {
  const [punctual, late] = [departures(470, 1_000, 0), departures(470, 1_000, 1)];
  expect((late.at(-1) ?? 0) - (punctual.at(-1) ?? 0)).toBeLessThan(1.001);
});

test("without a limit packets leave at once, and together", () => {
  const emitted: number[] = [];
  const agenda = { now: () => 0, at: () => expect.unreachable("a timer") };
  const emit = (_: unknown, packets: number): unknown => emitted.push(packets);
  const outbox = new Outbox({ agenda, random: createRandom("x"), emit }, Infinity);
  outbox.send(3, packet, 7);
  expect(emitted).toEqual([7]);
  expect(outbox.queued()).toBe(0);
});
