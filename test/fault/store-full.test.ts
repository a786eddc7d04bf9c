import { join } from "node:path";
import { expect, test } from "vitest";
import type { Change } from "../../src/store/changes.js";
import { registrationsStopped } from "../../src/store/operators.js";
import type { OutcomeRow } from "../../src/store/rows.js";
import { outcomeOf, userByName } from "../../src/store/rows.js";
import type { Store } from "../../src/store/store.js";
import {
  acknowledge,
  at,
  eraseDeliveries,
  freeName,
  hour,
  id,
  insertUser,
  outcomeId,
  refreshRoute,
  releaseUser,
  rememberOutcome,
  reserveName,
  sendMessage,
  setRegistrations,
  storeMessage,
} from "../support/changes.js";
import { changeGroup, createGroup } from "../support/group-changes.js";
import { startFixtureUnder } from "../support/child.js";
import { openDatabase, openStore, temporaryFolder } from "../support/sqlite-store.js";

const MAX_BYTES = 2_000_000;
const now = (): number => at(0);

/** Stores messages for user 1 until one fails; returns how many were stored. */
async function fill(store: Store): Promise<number> {
  for (let stored = 0; ; stored++) {
    const [outcome] = await store.commit([[storeMessage(1, Buffer.alloc(20_000))]]);
    if (outcome?.status !== "applied") return stored;
  }
}

test("a full disk fails what does not fit, reads go on, and the store recovers when there is room", async () => {
  const { store, path, faults } = await openStore({ maxBytes: MAX_BYTES, now });
  await store.commit([[insertUser("alice", 1)]]);
  const stored = await fill(store);
  expect(stored).toBeGreaterThan(20);
  expect(faults).toEqual([{ code: "full", fatal: false }]);
  expect(await store.load([userByName("alice")])).toMatchObject([{ id: 1 }]);
  expect(await store.counts()).toMatchObject({ deliveries: stored });
  await store[Symbol.asyncDispose]();

  const { store: roomier } = await openStore({ path, maxBytes: 2 * MAX_BYTES });
  expect(await roomier.counts()).toMatchObject({ users: 1, deliveries: stored });
  expect(await roomier.commit([[storeMessage(1, Buffer.alloc(20_000))]])).toMatchObject([{ status: "applied" }]);
});

test("when nothing fits any more, what erases is applied all the same, and makes room", async () => {
  const { store } = await openStore({ maxBytes: MAX_BYTES, now });
  await store.commit([[insertUser("alice", 1)]]);
  const stored = await fill(store);
  const outcomes = await store.commit([
    [storeMessage(1, Buffer.alloc(1_000_000))],
    [eraseDeliveries(1, 1, 2)],
    [storeMessage(1, Buffer.alloc(1_000_000)), eraseDeliveries(1, 3)],
    [eraseDeliveries(1, 4)],
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["failed", "applied", "failed", "applied"]);
  expect((await store.deliveries(id(1), 0, 2)).map(({ sequence }) => sequence)).toEqual([3, 5]);
  expect(await fill(store)).toBe(3);
  expect(await store.counts()).toMatchObject({ deliveries: stored });
});

test("when nothing fits any more, operators delete, free and stop all the same", async () => {
  const { store } = await openStore({ maxBytes: MAX_BYTES, now });
  await store.commit([[insertUser("alice", 1)], [insertUser("bob", 2)], [reserveName("carol")]]);
  // Each has an heir, who is told.
  for (let number = 0; number < 100; number++) {
    await store.commit([[createGroup(number, 1)], [changeGroup(number, 1, 2, { 2: "member" })]]);
  }
  await fill(store);
  const outcomes = await store.commit([
    [storeMessage(2, Buffer.alloc(1_000_000))],
    [releaseUser(1, "alice", 1)],
    [freeName("carol")],
    [setRegistrations(true)],
    [acknowledge(2, [[1, 1]])],
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["failed", "applied", "applied", "applied", "applied"]);
  expect(await store.load([userByName("alice"), registrationsStopped()])).toEqual([undefined, true]);
});

/** Sends messages from user 2 to user 1, each with an outcome and a receipt, until one fails; returns how many were stored. */
async function fillWithSends(store: Store): Promise<number> {
  for (let number = 1; ; number++) {
    const send = sendMessage(1, number, { payload: "x".repeat(3_000), receiptTo: 2, expires: hour(1) });
    const [outcome] = await store.commit([[rememberOutcome(number), send]]);
    if (outcome?.status !== "applied") return number - 1;
  }
}

async function codesOf(store: Store, ...numbers: number[]): Promise<number[]> {
  const outcomes = (await store.load(numbers.map((number) => outcomeOf(outcomeId(number))))) as OutcomeRow[];
  return outcomes.map(({ code }) => code);
}

test("when nothing fits any more, what is acknowledged is settled all the same, without receipts", async () => {
  const { store } = await openStore({ maxBytes: MAX_BYTES, now });
  await store.commit([[insertUser("alice", 1)], [insertUser("bob", 2)]]);
  await fillWithSends(store);
  const tooLarge = storeMessage(1, Buffer.alloc(1_000_000));
  expect(
    await store.commit([
      [tooLarge],
      [acknowledge(1, [[1, 2]]), refreshRoute(1, 1)],
      [acknowledge(1, [[3, 3]]), tooLarge],
      [{ ...eraseDeliveries(1, 4), as: "handedOver" }],
      [acknowledge(1, [[5, 5]], 7)],
    ]),
  ).toEqual([
    { status: "failed" },
    { status: "applied", users: [], receipts: [] },
    { status: "failed" },
    { status: "applied", users: [], receipts: [] },
    { status: "conflict" },
  ]);
  expect(await codesOf(store, 1, 2, 3, 4, 5)).toEqual([101, 101, 100, 103, 100]);
  expect(await store.deliveries(id(2), 0, 9)).toEqual([]);
  expect(await store.commit([[acknowledge(1, [[3, 3]])]])).toEqual([
    { status: "applied", users: [], receipts: [id(2)] },
  ]);
});

test("when receipts do not fit any more, what expires is swept and settled without them", async () => {
  const { store, faults } = await openStore({ maxBytes: MAX_BYTES, now, sweepStep: 10_000 });
  await store.commit([[insertUser("alice", 1)], [insertUser("bob", 2)]]);
  const stored = await fillWithSends(store);
  expect(stored).toBeGreaterThan(50);
  expect(await store.sweep(hour(2))).toMatchObject({ deliveries: stored });
  expect(await codesOf(store, 1, stored)).toEqual([102, 102]);
  expect(await store.counts()).toMatchObject({ deliveries: 0 });
  expect(faults).toEqual([{ code: "full", fatal: false }]);
  expect(await fillWithSends(store)).toBe(0);
  expect(await store.commit([[rememberOutcome(9_999), storeMessage(1, "x")]])).toMatchObject([{ status: "applied" }]);
});

test("room that messages leave behind serves users as well, once it was swept", async () => {
  const { store } = await openStore({ maxBytes: MAX_BYTES, now, sweepStep: 5_000 });
  await store.commit([[insertUser("alice", 1)]]);
  const applied = async (decisions: Change[][]): Promise<boolean> =>
    (await store.commit(decisions)).every(({ status }) => status === "applied");
  let users = 0;
  const register = () => applied(Array.from({ length: 20 }, () => [insertUser(`user-${users++}`, 10 + users)]));
  let messages = 0;
  while (await applied(Array.from({ length: 20 }, () => [storeMessage(1, Buffer.alloc(1_000))]))) messages += 20;
  while (await register());

  const sequences = Array.from({ length: messages }, (_, index) => index + 1);
  await store.commit([[eraseDeliveries(1, ...sequences)]]);
  expect(await store.counts()).toMatchObject({ deliveries: 0 });
  await store.sweep(hour(0));
  for (let round = 0; round < 50; round++) expect(await register()).toBe(true);
});

test("a log that cannot grow fails commits, and the store empties it as soon as its reader lets go", async () => {
  const path = join(temporaryFolder(), "directory.db");
  // The limit is on the size of one file: 8 or 16 MB, as the shell counts.
  const child = startFixtureUnder("ulimit -f 16384", "store/commits-until-applied", path);
  await child.printed(1);
  const reader = openDatabase(path);
  reader.exec("BEGIN; SELECT count(*) FROM users");
  child.process.stdin.write("go\n");
  await child.printed(2);
  reader.exec("COMMIT");
  expect(child.lines).toEqual(["open", "failed: unavailable"]);
  child.process.stdin.write("go\n");
  await child.printed(3);
  expect(child.lines.at(-1)).toBe("applied again");
});
