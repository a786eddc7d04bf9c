/** Accounts through the directory as it is run, and with what can end ending: nothing that was to be sent is lost. */
import { expect, it } from "vitest";
import { startAccountWorld } from "../support/account-world.js";
import { until } from "../support/until.js";

it("what was to be sent while nothing got through is sent by the next process, once", async () => {
  await using world = await startAccountWorld();
  const bob = await world.open("bob-of-the-outbox");
  const alice = await world.open("alice-of-the-outbox");
  await Promise.all([alice.account.register(alice.name), bob.account.register(bob.name)]);
  world.world.mixnet.faults({ loss: 1 });
  const texts = ["while nothing gets through", "and one more of these", "and the last of them"];
  const ids: string[] = [];
  for (const text of texts) ids.push(await alice.account.send(bob.name, text));
  expect(alice.account.pending().map(({ id, state }) => [id, state])).toEqual(ids.map((id) => [id, "waiting"]));
  await alice.account.close();
  world.world.mixnet.faults({ loss: 0 });
  const again = await world.open(alice.name);
  expect(again.account.name).toBe(alice.name);
  await until(() => ids.every((id) => again.fates(id).includes("delivered")));
  expect(bob.texts()).toEqual(texts.map((text) => `${alice.name}: ${text}`));
  for (const id of ids) expect(again.fates(id)).toEqual(["stored", "delivered"]);
  expect(again.account.pending()).toEqual([]);
  // What was read, and whose fate was told, is not told again.
  await bob.account.close();
  const bobAgain = await world.open(bob.name);
  const last = await again.account.send(bob.name, "to the one who is back");
  await until(() => again.fates(last).includes("delivered"));
  expect(bobAgain.texts()).toEqual([`${alice.name}: to the one who is back`]);
});
