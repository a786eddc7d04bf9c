/** Accounts, over WebSockets, with the real directory on its loopback mixnet. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPerson } from "../support/account-person.js";
import { type LoopbackDirectory, startLoopbackDirectory } from "../support/loopback-directory.js";
import { until } from "../support/until.js";

let directory: LoopbackDirectory;

beforeAll(async () => void (directory = await startLoopbackDirectory({ LIMITS: "off" })));
afterAll(() => directory[Symbol.asyncDispose]());

it("two people register, write to each other, and see what became of it", async () => {
  await using alice = await openPerson(directory, "Alice-of-accounts");
  await using bob = await openPerson(directory, "bob-of-accounts");
  await alice.account.register(alice.name);
  await bob.account.register(bob.name);
  const id = await alice.account.send("BOB-of-accounts", "hello bob, über alles 👋");
  await until(() => bob.texts().length > 0);
  expect(bob.texts()).toEqual([`${alice.name}: hello bob, über alles 👋`]);
  await until(() => alice.fates(id).length === 2);
  expect(alice.fates(id)).toEqual(["stored", "delivered"]);
  expect(alice.account.pending()).toEqual([]);
  await bob.account.send(alice.name, "hello Alice");
  await until(() => alice.texts().length > 0);
  expect(alice.texts()).toEqual([`${bob.name}: hello Alice`]);
});
