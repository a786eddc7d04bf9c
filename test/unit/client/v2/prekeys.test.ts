/** What an account knows of its prekeys, and what it believes of others': at a directory that forgets, loses and lies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AccountError, type AccountErrorCode } from "../../../../src/client/v2/account-error.js";
import type { Supply } from "../../../../src/client/v2/prekey-supply.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { newSeed, publicKeyOf } from "../../../../src/client/v2/seeds.js";
import {
  createPrekeyDirectory,
  openPrekeys,
  prekey,
  type PrekeyAccount,
  type PrekeyDirectory,
} from "../../../support/prekey-directory.js";

const ALL = { signed: prekey(1, "signed"), lastResort: prekey(2, "last resort") };
const oneTime = (first: number, count: number, label?: string) =>
  Array.from({ length: count }, (_, index) => prekey(first + index, label));

async function begun(): Promise<PrekeyAccount & { readonly directory: PrekeyDirectory }> {
  const seed = newSeed();
  const directory = await createPrekeyDirectory("alice", seed);
  return { ...(await openPrekeys(directory, seed)), directory };
}

const told = ({ left, asPublished, void: isVoid }: Supply): unknown[] => [left, asPublished, isVoid];

const codeOf = (promise: Promise<unknown>): Promise<AccountErrorCode | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof AccountError ? error.code : undefined),
  );

describe("a supply", () => {
  it("is nothing before anything is published", async () => {
    const { prekeys } = await begun();
    expect(await prekeys.supply()).toEqual({ left: 0, most: 200, asPublished: true, void: false });
  });

  it("is what was published, and tells how old it is", async () => {
    const { prekeys } = await begun();
    expect(await prekeys.publish({ ...ALL, oneTime: oneTime(1, 3) })).toBe(3);
    const at = 1_800_000_000_000;
    expect(await prekeys.supply()).toEqual({
      ...{ left: 3, most: 200, asPublished: true, void: false },
      ...{ signed: { id: 1, at }, lastResort: { id: 2, at } },
    });
  });

  it("is as published whichever of the first were taken, and however the numbers follow one another", async () => {
    const batch = fc.record({ first: fc.integer({ min: 0, max: 60 }), count: fc.integer({ min: 0, max: 20 }) });
    const step = fc.record({ batch, drop: fc.boolean(), taken: fc.array(fc.nat(7), { maxLength: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 4 }), async (steps) => {
        const { prekeys, directory } = await begun();
        await prekeys.publish(ALL);
        for (const { batch, drop, taken } of steps) {
          await prekeys.publish({ oneTime: oneTime(batch.first, batch.count), drop });
          for (const index of taken) if (directory.oneTime.size > 0) directory.give(index);
          expect(told(await prekeys.supply())).toEqual([directory.oneTime.size, true, false]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, (directory: PrekeyDirectory) => void]>([
    ["a signed prekey is another one", (at) => (at.signed = at.lastResort)],
    ["the last resort is missing", (at) => (at.lastResort = undefined)],
    ["the key of a one-time prekey is another one", (at) => at.oneTime.set(20, prekey(20, "forged").key)],
    ["a one-time prekey has come that nobody published", (at) => at.oneTime.set(99, prekey(99).key)],
    ["one was taken that was none of the first", (at) => at.oneTime.delete(9)],
  ])("is not as published when %s", async (_, change) => {
    const { prekeys, directory } = await begun();
    await prekeys.publish({ ...ALL, oneTime: oneTime(1, 20) });
    change(directory);
    expect((await prekeys.supply()).asPublished).toBe(false);
  });

  it("cannot be told from others when many were taken, until all is published anew", async () => {
    const { prekeys, directory } = await begun();
    await prekeys.publish({ ...ALL, oneTime: oneTime(1, 50) });
    for (let count = 0; count < 20; count++) directory.give(count * 3);
    expect(told(await prekeys.supply())).toEqual([30, undefined, false]);
    await prekeys.publish({ oneTime: oneTime(51, 50), drop: true });
    expect(told(await prekeys.supply())).toEqual([50, true, false]);
  });

  it("that was seen is what the next one is compared with", async () => {
    const { prekeys, directory } = await begun();
    await prekeys.publish({ ...ALL, oneTime: oneTime(1, 50) });
    for (let count = 0; count < 24; count++) {
      directory.give(count * 5);
      if (count % 3 === 0) expect((await prekeys.supply()).asPublished).toBe(true);
    }
    expect(told(await prekeys.supply())).toEqual([26, true, false]);
  });

  it("is void with the key that signed it, until it is published anew", async () => {
    const { prekeys, directory, rotate } = await begun();
    await prekeys.publish({ ...ALL, oneTime: oneTime(1, 3) });
    await rotate(newSeed());
    [directory.signed, directory.lastResort] = [undefined, undefined];
    directory.oneTime.clear();
    expect(await prekeys.supply()).toEqual({ left: 0, most: 200, asPublished: true, void: true });
    await prekeys.publish({ ...ALL, oneTime: oneTime(4, 2) });
    expect(told(await prekeys.supply())).toEqual([2, true, false]);
  });

  it("has no one-time prekeys after a restore", async () => {
    const { prekeys, directory } = await begun();
    await prekeys.publish({ ...ALL, oneTime: oneTime(1, 3) });
    directory.epoch = 2;
    directory.oneTime.clear();
    expect(told(await prekeys.supply())).toEqual([0, true, true]);
    await prekeys.publish({ oneTime: oneTime(4, 2) });
    expect(told(await prekeys.supply())).toEqual([2, true, false]);
  });
});

describe("a publication", () => {
  it("whose answer is lost is asked for again before anything else, and has its effect once", async () => {
    const { prekeys, directory } = await begun();
    directory.losing = 1;
    expect(await codeOf(prekeys.publish({ ...ALL, oneTime: oneTime(1, 3) }))).toBe("timeout");
    const taken = directory.give(0);
    expect(told(await prekeys.supply())).toEqual([2, true, false]);
    expect(directory.oneTime.has(taken)).toBe(false);
    const [first, again] = directory.asked;
    expect(again).toEqual(first);
  });

  it("is asked for by the next process too", async () => {
    const seed = newSeed();
    const store = createMemoryRecordStore();
    const directory = await createPrekeyDirectory("alice", seed);
    const before = await openPrekeys(directory, seed, { store });
    directory.losing = 1;
    await codeOf(before.prekeys.publish({ ...ALL, oneTime: oneTime(1, 3) }));
    const { prekeys } = await openPrekeys(directory, seed, { store });
    expect(await prekeys.publish({ oneTime: oneTime(4, 1) })).toBe(4);
    expect(told(await prekeys.supply())).toEqual([4, true, false]);
    expect(directory.asked.filter(({ action }) => action === "publish")).toHaveLength(3);
  });

  it("is not asked for when the directory may have forgotten it: what it has is not known then", async () => {
    const { prekeys, directory } = await begun();
    directory.losing = 1;
    await codeOf(prekeys.publish({ ...ALL, oneTime: oneTime(1, 3) }));
    directory.passed = 3_600;
    expect(told(await prekeys.supply())).toEqual([3, undefined, false]);
    expect(directory.asked.filter(({ action }) => action === "publish")).toHaveLength(1);
    await prekeys.publish({ ...ALL, oneTime: oneTime(4, 2), drop: true });
    expect(told(await prekeys.supply())).toEqual([2, true, false]);
  });

  it.each<[string, (account: Awaited<ReturnType<typeof begun>>) => unknown]>([
    ["our key", ({ rotate }) => rotate(newSeed())],
    ["the directory's epoch", ({ directory }) => (directory.epoch = 2)],
  ])("is never brought again when %s has changed: it may be void, and its prekeys taken", async (_, change) => {
    const account = await begun();
    const { prekeys, directory } = account;
    directory.losing = 1;
    await codeOf(prekeys.publish({ ...ALL, oneTime: oneTime(1, 3) }));
    await change(account);
    expect(await prekeys.publish({ ...ALL, oneTime: oneTime(4, 2), drop: true })).toBe(2);
    expect(new Set(directory.asked.map(({ id }) => id)).size).toBe(2);
    expect(told(await prekeys.supply())).toEqual([2, true, false]);
  });

  it("is refused before it is sent when it cannot be", async () => {
    const { prekeys, directory } = await begun();
    expect(await codeOf(prekeys.publish({ oneTime: oneTime(1, 51) }))).toBe("tooLarge");
    expect(await codeOf(prekeys.publish({ signed: { id: 1, key: new Uint8Array(1_025) } }))).toBe("tooLarge");
    for (const wrong of [
      { oneTime: [prekey(1), prekey(1)] },
      { signed: prekey(-1) },
      { lastResort: prekey(0.5) },
      { oneTime: [{ id: 1, key: new Uint8Array() }] },
    ])
      await expect(prekeys.publish(wrong)).rejects.toThrow(RangeError);
    expect(directory.asked).toEqual([]);
  });
});

describe("a take", () => {
  it("gives what there is, with whose it is", async () => {
    const { prekeys, directory } = await begun();
    await prekeys.publish({ ...ALL, oneTime: oneTime(7, 1) });
    const signed = { ...ALL.signed, at: 1_800_000_000_000 };
    expect(await prekeys.take("alice")).toEqual({ user: directory.user, signed, oneTime: prekey(7) });
    expect(await prekeys.take("alice")).toEqual({ user: directory.user, signed, lastResort: ALL.lastResort });
  });

  it("that was not answered is repeated by the next one, of the next process too; the one after it is another", async () => {
    const seed = newSeed();
    const store = createMemoryRecordStore();
    const directory = await createPrekeyDirectory("Alice", seed);
    const before = await openPrekeys(directory, seed, { store });
    await before.prekeys.publish({ ...ALL, oneTime: oneTime(1, 3) });
    directory.losing = 1;
    expect(await codeOf(before.prekeys.take("alice"))).toBe("timeout");
    const { prekeys } = await openPrekeys(directory, seed, { store });
    const two = await Promise.all([prekeys.take("ALICE"), prekeys.take("alice")]);
    expect(two.map((each) => each.oneTime?.id)).toEqual([1, 2]);
    const ids = directory.asked.filter(({ action }) => action === "take").map(({ id }) => id);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(2);
  });

  it("is not repeated when it is of another key, or was long ago", async () => {
    const seed = newSeed();
    const store = createMemoryRecordStore();
    const directory = await createPrekeyDirectory("alice", seed);
    const { prekeys } = await openPrekeys(directory, seed, { store });
    const lose = async (by = prekeys): Promise<void> => {
      directory.losing = 1;
      expect(await codeOf(by.take("alice"))).toBe("timeout");
    };
    await lose();
    directory.passed = 90_000;
    await lose();
    directory.user = { ...directory.user, key: await publicKeyOf(newSeed()) };
    await lose((await openPrekeys(directory, seed, { store })).prekeys);
    expect(new Set(directory.asked.map(({ id }) => id)).size).toBe(3);
  });

  it.each<[string, AccountErrorCode, (directory: PrekeyDirectory) => void]>([
    ["another key than we", "keyChanged", (at) => (at.user = { ...at.user, key: new Uint8Array(32).fill(9) })],
    ["somebody else", "unverified", (at) => (at.user = { ...at.user, name: "mallory" })],
    ["a prekey for another version of the key", "unverified", (at) => (at.user = { ...at.user, keyVersion: 2 })],
    ["the last resort in the place of the signed prekey", "unverified", (at) => (at.signed = at.lastResort)],
    [
      "another key in the last resort",
      "unverified",
      (at) => (at.lastResort = at.lastResort && { ...at.lastResort, key: prekey(3).key }),
    ],
  ])("is not believed when the directory brings %s", async (_, code, change) => {
    const seed = newSeed();
    const directory = await createPrekeyDirectory("alice", seed);
    const { prekeys } = await openPrekeys(directory, seed);
    await prekeys.publish(ALL);
    change(directory);
    expect(await codeOf(prekeys.take("alice"))).toBe(code);
  });

  it("is of users of v2 alone, by their names", async () => {
    const seed = newSeed();
    const directory = await createPrekeyDirectory("alice", seed);
    const trusted = { ...directory.user, algorithm: "p256", key: new Uint8Array(91) } as const;
    const { prekeys } = await openPrekeys(directory, seed, { trusted });
    expect(await codeOf(prekeys.take("alice"))).toBe("recipientV1");
    expect(await codeOf(prekeys.take("no name"))).toBe("nameInvalid");
    expect(directory.asked).toEqual([]);
  });
});
