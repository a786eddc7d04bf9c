import { join } from "node:path";
import { expect, test } from "vitest";
import type { User } from "../../src/store/rows.js";
import { userByName } from "../../src/store/rows.js";
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
