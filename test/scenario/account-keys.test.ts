/**
 * A contact's new key is seen, and who has signed it, before it is trusted: through the directory as it is run, on a mixnet that
 * loses every twentieth message and lets others overtake each other.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { newSeed, publicKeyOf } from "../../src/client/client.js";
import type { AccountPerson } from "../support/account-person.js";
import { type AccountWorld, startAccountWorld } from "../support/account-world.js";
import { until } from "../support/until.js";

const PATIENCE = 120_000;

let place: AccountWorld;

beforeAll(async () => {
  // So many times that what is lost is never the last one.
  place = await startAccountWorld({}, { seed: "account-keys" }, { retries: 20 });
  place.world.mixnet.faults({ loss: 0.05, reorder: 0.2, reorderMs: 20 });
}, PATIENCE);
afterAll(() => place[Symbol.asyncDispose]());

/** How each key came that somebody has had since the one that `by` trusts, and whether that proves it. */
async function changes(by: AccountPerson, name: string): Promise<[number, string, boolean][]> {
  const all = await by.account.keyChanges(name);
  return all.map(({ version, by: how, proven }) => [version, how, proven]);
}

/** Is told that the key has changed. */
const warned = ({ events }: AccountPerson, name: string): boolean =>
  events.some((event) => event.type === "keyChanged" && event.contact === name);

/** Has read the log of those whose keys it has seen first. */
const hasSeen = (person: AccountPerson): Promise<unknown> =>
  until(() => person.events.some((event) => event.type === "received" && event.action === "keyLog"));

test(
  "a contact sees a rotation and a recovery with their proof, and decides; who comes later begins with what there is",
  { timeout: PATIENCE },
  async () => {
    const recovery = newSeed();
    const [bob, carol] = [await place.open("bob"), await place.open("carol")];
    await bob.account.register("bob", await publicKeyOf(recovery));
    await carol.account.register("carol");
    await bob.account.send("carol", "one");
    await until(() => carol.texts().length === 1);
    await hasSeen(carol);
    expect(await changes(carol, "bob")).toEqual([]);

    await bob.account.rotate();
    await bob.account.send("carol", "two");
    await until(() => warned(carol, "bob"));
    expect(await changes(carol, "bob")).toEqual([[2, "rotation", true]]);
    const elsewhere = await place.open("bob-elsewhere");
    await elsewhere.account.recover("bob", { seed: recovery });
    const proven = [
      [2, "rotation", true],
      [3, "recovery", true],
    ];
    expect(await changes(carol, "BOB")).toEqual(proven);
    // The next process knows the same.
    await carol.account.close();
    const again = await place.open("carol");
    expect(await changes(again, "bob")).toEqual(proven);
    expect((await again.account.keyChanges("bob")).at(-1)?.key).toEqual(await elsewhere.account.publicKey());
    // Nothing is trusted by looking.
    expect(again.account.contact("bob")?.keyVersion).toBe(1);
    await elsewhere.account.send("carol", "three");
    await until(() => warned(again, "bob"));
    expect(again.texts()).toEqual([]);
    await again.account.trust("bob");
    expect(await changes(again, "bob")).toEqual([]);
    await until(() => again.texts().includes("bob: three"));
  },
);

test("a recovery by a key that nobody has seen is shown as not proven", { timeout: PATIENCE }, async () => {
  const recovery = newSeed();
  const [dave, erin] = [await place.open("dave"), await place.open("erin")];
  await dave.account.register("dave", await publicKeyOf(recovery));
  await erin.account.register("erin");
  // Her process ends with the answer to the look-up, before it can ask which recovery key there is.
  const push = erin.events.push.bind(erin.events);
  erin.events.push = (...events) => {
    if (events.some((event) => event.type === "received" && event.action === "lookup")) void erin.account.close();
    return push(...events);
  };
  await erin.account.lookup("dave");
  await dave.account.recover("dave", { seed: recovery });
  const again = await place.open("erin");
  await hasSeen(again);
  expect(await changes(again, "dave")).toEqual([[2, "recovery", false]]);
  await dave.account.rotate();
  const unproven = [
    [2, "recovery", false],
    [3, "rotation", false],
  ];
  expect(await changes(again, "dave")).toEqual(unproven);
});
