import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { userByName } from "../../src/store/rows.js";
import { insertUser, rememberReplay } from "../support/changes.js";
import { startFixture } from "../support/child.js";
import { openStore } from "../support/sqlite-store.js";

test("while another process holds the write lock, look-ups go on and no commit is reported", async () => {
  const { store, path, faults } = await openStore();
  await store.commit([[insertUser("alice", 1)]]);
  const holder = startFixture("store/holds-write-lock", path);
  await holder.printed(1);

  const settled: string[] = [];
  const commits = ["bob", "carol"].map(async (name, index) => {
    const outcomes = await store.commit([[insertUser(name, index + 2)]]);
    settled.push(`${name} after ${holder.lines.at(-1) ?? ""}`);
    return outcomes;
  });
  let loads = 0;
  const until = Date.now() + 2_000;
  while (Date.now() < until) {
    expect(await store.load([userByName("alice"), userByName("bob")])).toMatchObject([{ id: 1 }, undefined]);
    loads++;
    await pause(1);
  }
  expect(settled).toEqual([]);
  expect(loads).toBeGreaterThan(100);

  holder.process.stdin.write("release\n");
  await holder.printed(2);
  expect(await Promise.all(commits)).toMatchObject([[{ status: "applied" }], [{ status: "applied" }]]);
  expect(settled).toEqual(["bob after released", "carol after released"]);
  expect(faults).toEqual([]);
});

test("a lock that is held for longer than commits may wait fails them, and the next ones are applied", async () => {
  const { store, path, faults } = await openStore({ busyTimeoutMs: 50 });
  const holder = startFixture("store/holds-write-lock", path);
  await holder.printed(1);
  const decision = [insertUser("alice", 1), rememberReplay(1)];
  expect(await store.commit([decision, [rememberReplay(2)]])).toEqual([{ status: "failed" }, { status: "failed" }]);
  expect(faults).toEqual([{ code: "busy", fatal: false }]);
  await expect(store.sweep(0 as never)).rejects.toMatchObject({ code: "busy" });
  expect(await store.truncateLog()).toBe(false);

  holder.process.stdin.write("release\n");
  await holder.printed(2);
  expect(await store.commit([decision])).toEqual([{ status: "applied", users: [1], receipts: [] }]);
  expect(await store.truncateLog()).toBe(true);
});
