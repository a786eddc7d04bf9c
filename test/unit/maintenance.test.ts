import { expect, test } from "vitest";
import { startMaintenance } from "../../src/maintenance.js";
import { createCounters } from "../../src/telemetry/counters.js";
import { swept } from "../support/changes.js";
import { type Hour, hourAfter } from "../../src/util/time.js";

const NOW = 1_800_000_000_000;

function parts(truncated: () => boolean | Promise<boolean>) {
  const told: string[] = [];
  const hours: Hour[] = [];
  const counters = createCounters();
  const components = {
    store: {
      sweep: (hour: Hour) => {
        hours.push(hour);
        return Promise.resolve(swept({ deliveries: 2, replays: 1, outcomes: 3, heldNames: 4, takenPrekeys: 5 }));
      },
      truncateLog: async () => truncated(),
    },
    events: {
      swept: ({ rows }: { rows: number }) => told.push(`swept ${rows}`),
      walTruncated: () => told.push("truncated"),
      maintenanceFailed: () => told.push("failed"),
    },
    counters,
    clock: () => NOW,
  };
  return { components, told, hours, counters };
}

const turns = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("expired rows are erased and the log is truncated, at once and again and again", async () => {
  const { components, told, hours, counters } = parts(() => true);
  const maintenance = startMaintenance(components, 5);
  await turns(100);
  maintenance[Symbol.dispose]();
  expect(told.slice(0, 4)).toEqual(["swept 15", "truncated", "swept 15", "truncated"]);
  expect(hours[0]).toBe(hourAfter(NOW));
  expect(counters.take()["messages.expired"]).toBeGreaterThanOrEqual(4);
  const rounds = told.length;
  await turns(50);
  expect(told.length).toBeLessThanOrEqual(rounds + 1);
});

test("a log that could not be truncated, or a disk that will not, does not end it", async () => {
  let round = 0;
  const { components, told } = parts(() => {
    if (round++ === 0) return false;
    if (round === 2) throw new Error("no room");
    return true;
  });
  const maintenance = startMaintenance(components, 5);
  while (!told.includes("truncated")) await turns(5);
  maintenance[Symbol.dispose]();
  expect(told.slice(0, 5)).toEqual(["swept 15", "swept 15", "failed", "swept 15", "truncated"]);
});
