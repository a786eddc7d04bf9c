import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Change } from "../../../../src/store/changes.js";
import { userByName } from "../../../../src/store/rows.js";
import {
  at,
  digest,
  eraseDeliveries,
  hour,
  insertUser,
  moveRoute,
  rememberReplay,
  storeMessage,
  tag,
} from "../../../support/changes.js";
import { openDatabase, openStore } from "../../../support/sqlite-store.js";

const now = (): number => at(0);

/** Everything that lies on the disk of a store. */
function filesOf(path: string): Buffer {
  const files = [path, `${path}-wal`, `${path}-shm`].filter((file) => existsSync(file));
  return Buffer.concat(files.map((file) => readFileSync(file)));
}

test("what was erased or has expired is nowhere on the disk once the log is truncated", async () => {
  const { store, path } = await openStore({ now });
  await store.commit([
    [insertUser("alice", 1)],
    [insertUser("bob", 2)],
    [storeMessage(1, "to be erased".repeat(100), 71), storeMessage(2, "to stay".repeat(100), 72)],
    [storeMessage(2, "to expire".repeat(1_000), 73, hour(1)), rememberReplay(74, hour(1))],
    [moveRoute(2, 75, 1, hour(1))],
  ]);
  const secrets = [
    Buffer.from("to be erased"),
    Buffer.from("to expire"),
    digest(71),
    digest(73),
    digest(74),
    Buffer.from(tag(75), "hex"),
  ];
  const present = (): boolean[] => secrets.map((secret) => filesOf(path).includes(secret));
  expect(present()).not.toContain(false);
  await store.commit([[eraseDeliveries(1, 1)]]);
  await store.sweep(hour(2));
  expect(await store.truncateLog()).toBe(true);
  expect(present()).not.toContain(true);
  expect(filesOf(path).includes("to stay")).toBe(true);
});

/** A message that can be found on the disk wherever SQLite has cut it. */
function marked(number: number, bytes: number): Buffer {
  const marker = `<message ${String(number).padStart(6, "0")}>`;
  return Buffer.from(marker.repeat(Math.max(1, Math.floor(bytes / marker.length))));
}

function readableIn(path: string): number[] {
  const found = filesOf(path)
    .toString("latin1")
    .matchAll(/<message (\d{6})>/g);
  return [...new Set([...found].map(([, digits]) => Number(digits)))].sort((a, b) => a - b);
}

/** The same numbers from 0 to below `limit` for the same seed. */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

// As many as it takes until SQLite has moved rows between pages time and again: when rows are simply deleted, even with
// secure_delete, some of the messages that are gone stay readable.
test.each([
  { largest: 200, seed: 1 },
  { largest: 1_200, seed: 2 },
  { largest: 6_000, seed: 3 },
])(
  "of messages that come and go, only those that wait can be read from the disk ($largest bytes)",
  async (workload) => {
    const random = numbersFrom(workload.seed);
    const { store, path } = await openStore({ now, sweepStep: 20 });
    const users = Array.from({ length: 20 }, (_, index) => ({ id: index + 1, sequence: 0 }));
    await store.commit(users.map((user) => [insertUser(`user-${user.id}`, user.id)]));
    const waiting: { readonly number: number; readonly user: number; readonly sequence: number }[] = [];
    let next = 0;
    for (let round = 0; round < 120; round++) {
      const decisions: Change[][] = [];
      for (let count = random(50); count > 0; count--) {
        const user = users[random(users.length)] ?? { id: 0, sequence: 0 };
        waiting.push({ number: next, user: user.id, sequence: ++user.sequence });
        decisions.push([storeMessage(user.id, marked(next++, random(workload.largest)), random(9))]);
      }
      for (let count = random(45); count > 0 && waiting.length > 0; count--) {
        const [gone] = waiting.splice(random(waiting.length), 1);
        if (gone !== undefined) decisions.push([eraseDeliveries(gone.user, gone.sequence)]);
      }
      await store.commit(decisions);
      if (round % 10 === 0) await store.sweep(hour(0));
    }
    expect(await store.truncateLog()).toBe(true);
    expect(readableIn(path)).toEqual(waiting.map(({ number }) => number));
    expect(next - waiting.length).toBeGreaterThan(1_000);
  },
);

test("somebody who reads the log keeps it from being truncated, which is said, and holds up no commit", async () => {
  const { store, path } = await openStore({ busyTimeoutMs: 1_000 });
  await store.commit([[insertUser("alice", 1)]]);
  const reader = openDatabase(path);
  reader.exec("BEGIN; SELECT count(*) FROM users");
  await store.commit([[insertUser("bob", 2)]]);
  let truncated: boolean | undefined;
  const truncation = store.truncateLog().then((result) => (truncated = result));
  let commits = 0;
  while (truncated === undefined) {
    expect(await store.commit([[rememberReplay(commits++)]])).toEqual([{ status: "applied", users: [], receipts: [] }]);
    await pause(5);
  }
  expect(commits).toBeGreaterThan(10);
  expect(await truncation).toBe(false);
  reader.exec("COMMIT");
  expect(await store.truncateLog()).toBe(true);
  expect(readFileSync(`${path}-wal`)).toHaveLength(0);
  expect(await store.load([userByName("bob")])).toMatchObject([{ id: 2 }]);
});

test("a sweep goes in steps, between which commits are made", async () => {
  const { store } = await openStore({ now, sweepStep: 5 });
  await store.commit(Array.from({ length: 500 }, (_, index) => [rememberReplay(index, hour(1))]));
  let swept: unknown;
  const sweep = store.sweep(hour(2)).then((result) => (swept = result));
  for (let index = 0; index < 10; index++) {
    expect(await store.commit([[rememberReplay(1_000 + index)]])).toEqual([{ status: "applied", users: [], receipts: [] }]);
    expect(swept).toBeUndefined();
  }
  expect(await sweep).toEqual({ deliveries: 0, replays: 500, routes: 0, outcomes: 0, heldNames: 0 });
});
