import type { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { userByName } from "../../../../src/store/rows.js";
import { hour, insertUser, rememberReplay } from "../../../support/changes.js";
import { openStore } from "../../../support/sqlite-store.js";

/** The threads that this process starts from now on. */
function watchThreads(): Worker[] {
  const threads: Worker[] = [];
  const add = (thread: Worker): void => void threads.push(thread);
  process.on("worker", add);
  onTestFinished(() => void process.off("worker", add));
  return threads;
}

test("a thread that dies fails what it was asked, is replaced, and the store goes on", async () => {
  const threads = watchThreads();
  const { store, faults } = await openStore();
  await store.commit([[insertUser("alice", 1)]]);
  const death = threads[0]?.terminate();
  await expect(store.sweep(hour(0))).rejects.toMatchObject({ code: "writerGone" });
  await death;
  expect(faults).toEqual([{ code: "writerGone", fatal: false }]);
  expect(threads).toHaveLength(2);
  expect(await store.commit([[insertUser("bob", 2)]])).toEqual([{ status: "applied", users: [2], receipts: [] }]);
  expect(await store.load([userByName("bob")])).toMatchObject([{ name: "bob" }]);
  expect(await store.truncateLog()).toBe(true);
});

test("one that dies again before it has done anything is not replaced: all later commits fail, and nothing hangs", async () => {
  const threads = watchThreads();
  const { store, faults } = await openStore();
  await store.commit([[insertUser("alice", 1)]]);
  await threads[0]?.terminate();
  await threads[1]?.terminate();
  expect(faults).toEqual([
    { code: "writerGone", fatal: false },
    { code: "writerGone", fatal: true },
  ]);
  expect(threads).toHaveLength(2);
  expect(await store.commit([[rememberReplay(1)]])).toEqual([{ status: "failed" }]);
  await expect(store.sweep(hour(0))).rejects.toMatchObject({ code: "writerGone" });
  await expect(store.truncateLog()).rejects.toMatchObject({ code: "writerGone" });
  expect(await store.load([userByName("alice")])).toMatchObject([{ id: 1 }]);
  await store[Symbol.asyncDispose]();
});
