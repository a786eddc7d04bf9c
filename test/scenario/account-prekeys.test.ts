/**
 * Accounts and prekeys: published, taken, given once, void and published anew, through the directory as it is run, on a mixnet that
 * loses every twentieth message and lets others overtake each other.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type News, type Prekey, type TakenPrekeys } from "../../src/client/client.js";
import { type AccountPerson, codeOf } from "../support/account-person.js";
import { type AccountWorld, startAccountWorld } from "../support/account-world.js";
import { command, newFolder } from "../support/command.js";
import { prekey } from "../support/prekey-directory.js";
import { until } from "../support/until.js";

const PATIENCE = 120_000;
const ALL = { signed: prekey(1, "signed"), lastResort: prekey(2, "last resort") };

let place: AccountWorld;

beforeAll(async () => {
  // So many times that what is lost is never the last one.
  place = await startAccountWorld({ PREKEYS_LOW: "2" }, { seed: "account-prekeys" }, { retries: 20 });
  place.world.mixnet.faults({ loss: 0.05, reorder: 0.2, reorderMs: 20 });
}, PATIENCE);
afterAll(() => place[Symbol.asyncDispose]());

async function people(story: string): Promise<readonly [AccountPerson, AccountPerson, AccountPerson]> {
  const open = async (name: string): Promise<AccountPerson> => {
    const person = await place.open(`${name}-${story}`);
    await person.account.register(person.name);
    return person;
  };
  return [await open("alice"), await open("bob"), await open("carol")];
}

const oneTime = (...ids: readonly number[]): Prekey[] => ids.map((id) => prekey(id));

/** Which one-time prekey it was, or what it was instead. */
function given({ oneTime: one, lastResort }: TakenPrekeys): number | string {
  if (one !== undefined) expect(one).toEqual(prekey(one.id));
  else expect(lastResort).toEqual(ALL.lastResort);
  return one?.id ?? "last resort";
}

const take = async ({ account }: AccountPerson, from: AccountPerson): Promise<number | string> =>
  given(await account.prekeys.take(from.name));

/** What was told of few prekeys. */
const low = ({ news }: AccountPerson): number[] =>
  news.flatMap((each: News) => (each.kind === "prekeysLow" ? [each.left] : []));

async function act(action: "backup" | "restore", copy: string): Promise<void> {
  const { process } = place.world;
  await process.stop("SIGINT");
  expect(await command(newFolder(), [action, copy], { DATA_DIR: process.dataDir })).toMatchObject({ code: 0 });
  await place.world.again("SIGINT");
}

test(
  "two who begin with somebody who is away get a prekey each, then the last resort, and their owner is told once",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob, carol] = await people("is-away");
    expect(await alice.account.prekeys.publish({ ...ALL, oneTime: oneTime(3, 4, 5) })).toBe(3);
    await alice.account.logout();
    const before = Date.now();
    const first = await bob.account.prekeys.take(alice.name.toUpperCase());
    const { name, key } = bob.account.contact(alice.name) ?? {};
    expect(first.user).toMatchObject({ name, key, keyVersion: 1 });
    expect(key).toEqual(await alice.account.publicKey());
    expect(first.signed).toMatchObject(ALL.signed);
    // To the hour, rounded up.
    expect(Math.abs((first.signed?.at ?? 0) - before)).toBeLessThanOrEqual(2 * 3_600_000);
    const others = await Promise.all([take(carol, alice), take(bob, alice)]);
    expect([given(first), ...others].toSorted()).toEqual([3, 4, 5]);
    expect(await Promise.all([take(carol, alice), take(bob, alice)])).toEqual(["last resort", "last resort"]);
    expect(low(alice)).toEqual([]);
    await alice.account.login();
    await until(() => low(alice).length > 0);
    expect(await alice.account.prekeys.supply()).toMatchObject({ left: 0, asPublished: true, void: false });
    expect(await alice.account.prekeys.publish({ oneTime: oneTime(6, 7, 8) })).toBe(3);
    const next = [await take(bob, alice), await take(carol, alice)];
    await until(() => low(alice).length > 1);
    expect(low(alice)).toEqual([1, 1]);
    expect(new Set(next).size).toBe(2);
    expect(await alice.account.prekeys.supply()).toMatchObject({ left: 1, asPublished: true });
  },
);

test(
  "a take that ends with its process is made again by the next one, and costs one prekey",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob, carol] = await people("is-patient");
    await alice.account.prekeys.publish({ ...ALL, oneTime: oneTime(3, 4, 5) });
    await bob.account.lookup(alice.name);
    const { child } = place.world.process;
    child.kill("SIGSTOP");
    const taking = codeOf(bob.account.prekeys.take(alice.name));
    await until(() => bob.sent("take") > 0);
    await bob.account.close();
    expect(await taking).toBe("closed");
    child.kill("SIGCONT");
    const again = await place.open(bob.name);
    const taken = await take(again, alice);
    expect([3, 4, 5]).toContain(taken);
    expect(await alice.account.prekeys.supply()).toMatchObject({ left: 2, asPublished: true });
    expect(await take(carol, alice)).not.toBe(taken);
  },
);

test("a new key voids them all; others take again once they trust it", { timeout: PATIENCE }, async () => {
  const [alice, bob] = await people("has-a-new-key");
  const { prekeys } = alice.account;
  await prekeys.publish({ ...ALL, oneTime: oneTime(3, 4) });
  expect([3, 4]).toContain(await take(bob, alice));
  await alice.account.rotate();
  await alice.account.login();
  expect(await prekeys.supply()).toEqual({ left: 0, most: 200, asPublished: true, void: true });
  expect(await prekeys.publish({ ...ALL, oneTime: oneTime(5) })).toBe(1);
  expect(await prekeys.supply()).toMatchObject({ left: 1, asPublished: true, void: false });
  expect(await codeOf(bob.account.prekeys.take(alice.name))).toBe("keyChanged");
  await bob.account.trust(alice.name);
  const taken = await bob.account.prekeys.take(alice.name);
  // The one that bob could not believe was given to him, and to nobody else.
  expect(taken).toMatchObject({ user: { keyVersion: 2 }, signed: ALL.signed, lastResort: ALL.lastResort });
});

test(
  "a directory that was put back has no one-time prekeys, and their owner is told so",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob, carol] = await people("is-put-back");
    const copy = join(newFolder(), "copy.db");
    const { prekeys } = alice.account;
    await prekeys.publish({ ...ALL, oneTime: oneTime(3, 4, 5) });
    await act("backup", copy);
    const taken = await take(bob, alice);
    expect([3, 4, 5]).toContain(taken);
    await act("restore", copy);
    expect(await prekeys.supply()).toMatchObject({ left: 0, asPublished: true, void: true, signed: { id: 1 } });
    expect(await take(carol, alice)).toBe("last resort");
    expect(await prekeys.publish({ oneTime: oneTime(6) })).toBe(1);
    expect(await take(carol, alice)).toBe(6);
    expect(await prekeys.supply()).toMatchObject({ left: 0, asPublished: true, void: false });
  },
);

test(
  "nothing is taken from who has nothing or is not there, and a publication of too many has no effect",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob] = await people("has-nothing");
    expect(await codeOf(bob.account.prekeys.take(alice.name))).toBe("notApplicable");
    expect(await codeOf(bob.account.prekeys.take("nobody-has-nothing"))).toBe("notFound");
    const many = Array.from({ length: 50 }, (_, index) => prekey(index + 1));
    for (let batch = 0; batch < 4; batch++)
      await alice.account.prekeys.publish({ oneTime: many.map(({ id, key }) => ({ id: id + 50 * batch, key })) });
    expect(await codeOf(alice.account.prekeys.publish({ oneTime: oneTime(201) }))).toBe("tooLarge");
    expect(await alice.account.prekeys.supply()).toMatchObject({ left: 200, most: 200, asPublished: true });
    await using nobody = await place.open("nobody-yet");
    expect(await codeOf(nobody.account.prekeys.supply())).toBe("notRegistered");
  },
);
