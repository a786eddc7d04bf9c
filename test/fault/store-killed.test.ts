import { join } from "node:path";
import { expect, test } from "vitest";
import { SETTLED } from "../../src/store/changes.js";
import type { OutcomeRow, User } from "../../src/store/rows.js";
import { mailboxOf, outcomeOf, userByName } from "../../src/store/rows.js";
import { id, insertUser } from "../support/changes.js";
import { startFixture } from "../support/child.js";
import { openStore, temporaryFolder, withDatabase } from "../support/sqlite-store.js";

test("kill -9 in the middle of commits keeps every commit that was reported", async () => {
  const path = join(temporaryFolder(), "directory.db");
  const reported: string[] = [];
  for (const [round, lines] of [1, 60, 250, 700, 1_500].entries()) {
    const child = startFixture("store/commits-forever", path, `round-${round}`);
    await child.printed(lines);
    await child.kill();
    reported.push(...child.lines);
  }
  expect(withDatabase(path, (db) => db.pragma("integrity_check", { simple: true }))).toBe("ok");

  const { store } = await openStore({ path });
  const users = (await store.load(reported.map(userByName))) as (User | undefined)[];
  const lost = reported.filter((_, index) => users[index] === undefined);
  expect(lost).toEqual([]);
  for (const [index, user] of users.entries()) {
    const [message] = user === undefined ? [] : await store.deliveries(user.id, 0, 1);
    expect(Buffer.from(message?.payload ?? []).toString()).toBe(reported[index]?.padEnd(16, "."));
  }
});

test("kill -9 in the middle of acknowledgements leaves each message waiting, or settled with its receipt", async () => {
  const path = join(temporaryFolder(), "directory.db");
  const { store: before } = await openStore({ path });
  await before.commit([[insertUser("sender", 1)], [insertUser("recipient", 2)]]);
  await before[Symbol.asyncDispose]();
  const reported = new Set<number>();
  let acknowledged = 0;
  for (const [round, lines] of [30, 200, 500, 1_000].entries()) {
    const child = startFixture("store/settles-forever", path, String(round * 1_000_000));
    await child.printed(lines);
    await child.kill();
    for (const line of child.lines) {
      const [, sequence] = /^acknowledged (\d+)$/.exec(line) ?? [];
      if (sequence === undefined) reported.add(Number(line));
      else acknowledged = Math.max(acknowledged, Number(sequence));
    }
  }
  expect(withDatabase(path, (db) => db.pragma("integrity_check", { simple: true }))).toBe("ok");

  const { store } = await openStore({ path });
  const waiting = await store.deliveries(id(2), 0, 1_000_000);
  const receipts = await store.deliveries(id(1), 0, 1_000_000);
  const waitingNumbers = waiting.map(({ payload }) => Buffer.from(payload).readUInt32BE());
  const settledNumbers = receipts.map(({ payload }) => Buffer.from(payload).readUInt32BE(1));
  const numbers = [...waitingNumbers, ...settledNumbers];
  expect(new Set(numbers).size).toBe(numbers.length);
  expect([...reported].filter((number) => !numbers.includes(number))).toEqual([]);
  expect(waiting.filter(({ sequence }) => sequence <= acknowledged)).toEqual([]);
  expect(settledNumbers.length).toBeGreaterThan(100);

  const ids = numbers.map((number) => Buffer.from(number.toString(16).padStart(8, "0").padEnd(32, "0"), "hex"));
  const codes = ((await store.load(ids.map(outcomeOf))) as OutcomeRow[]).map(({ code }) => code);
  expect(codes).toEqual([...waitingNumbers.map(() => 100), ...settledNumbers.map(() => SETTLED.delivered)]);
  const bytes = 16 * waiting.length + 18 * receipts.length;
  expect(await store.counts()).toEqual({ users: 2, deliveries: numbers.length, payloadBytes: bytes });
  expect(await store.load([mailboxOf(id(1)), mailboxOf(id(2))])).toMatchObject([
    { messages: receipts.length, bytes: 18 * receipts.length, lastSequence: receipts.length },
    { messages: waiting.length, bytes: 16 * waiting.length },
  ]);
});
