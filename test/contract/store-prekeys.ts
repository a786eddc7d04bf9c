/** What every store must do with prekeys: give each one-time prekey once, and keep it for one answer. */
import { describe, expect, test } from "vitest";
import { type PrekeyRow, prekeysOf, type PrekeysRow, takenPrekeyOf } from "../../src/store/prekeys.js";
import type { Store } from "../../src/store/store.js";
import {
  acknowledge,
  at,
  changeKey,
  hour,
  id,
  insertUser,
  oneTimePrekeys,
  outcomeId,
  publishPrekeys,
  releaseUser,
  rememberReplay,
  signedPrekey,
  storeMessage,
  takePrekey,
} from "../support/changes.js";
import { APPLIED, CONFLICT, itemsOf, type OpenStore, populating } from "../support/populated-store.js";

/** The suite. */
export function describePrekeys(name: string, open: OpenStore): void {
  /** A store with the users alice (1) and bob (2), and a clock to set. */
  const populated = populating(open, insertUser("Alice", 1), insertUser("bob", 2));
  const prekeys = async (store: Store, user: number, limit = 9): Promise<PrekeysRow | undefined> =>
    (await store.load([prekeysOf(id(user), limit)]))[0] as PrekeysRow | undefined;
  const idsOf = async (store: Store, user: number): Promise<number[] | undefined> =>
    (await prekeys(store, user))?.oneTime.map((prekey) => prekey.id);
  const takenBy = async (store: Store, seed: number): Promise<PrekeyRow | undefined> =>
    (await store.load([takenPrekeyOf(outcomeId(seed))]))[0] as PrekeyRow | undefined;

  describe(`${name}: prekeys`, () => {
    test("are found as they were published, the one-time ones in the order of their ids", async () => {
      const { store } = await populated();
      expect(await prekeys(store, 1)).toBeUndefined();
      const [signed, lastResort] = [signedPrekey("signed", 7), signedPrekey("last resort", 7)];
      const oneTime = oneTimePrekeys(2 ** 53 - 1, 5, 9);
      expect(await store.commit([[publishPrekeys(1, { signed, lastResort, oneTime })]])).toEqual([APPLIED]);
      const [last, first, second] = oneTime;
      expect(await prekeys(store, 1)).toEqual({
        signed: { ...signed, hour: hour(0) },
        lastResort: { ...lastResort, hour: hour(0) },
        oneTime: [first, second, last],
        count: 3,
        taken: { hour: 0, all: 0, strangers: 0 },
      });
      expect(await prekeys(store, 1, 2)).toMatchObject({ oneTime: [first, second], count: 3 });
      expect(await prekeys(store, 2)).toBeUndefined();
    });

    test("of every size are given back whole", async () => {
      const { store } = await populated();
      const sizes = [1, 31, 32, 33, 48, 64, 700, 1024];
      const oneTime = sizes.map((size, index) => ({ id: index, key: Buffer.alloc(size, index + 1) }));
      const signed = { id: 1, key: Buffer.alloc(1024, 7), signature: Buffer.alloc(64, 8) };
      await store.commit([[publishPrekeys(1, { signed, oneTime })]]);
      expect(await prekeys(store, 1)).toMatchObject({ signed, oneTime });
    });

    test("take the place of others of their kind and id", async () => {
      const { store } = await populated();
      const [one, other] = [signedPrekey("signed", 1), signedPrekey("signed", 2)];
      const lastResort = signedPrekey("last resort", 1);
      await store.commit([[publishPrekeys(1, { signed: one, lastResort, oneTime: oneTimePrekeys(1, 2) })]]);
      const again = { id: 2, key: Buffer.from("another") };
      await store.commit([[publishPrekeys(1, { signed: other, oneTime: [again], hour: hour(3) })]]);
      expect(await prekeys(store, 1)).toMatchObject({
        signed: { ...other, hour: hour(3) },
        lastResort: { ...lastResort, hour: hour(0) },
        oneTime: [...oneTimePrekeys(1), again],
        count: 2,
      });
      await store.commit([[publishPrekeys(1, { replace: true, oneTime: oneTimePrekeys(5) })]]);
      expect(await idsOf(store, 1)).toEqual([5]);
      expect(await prekeys(store, 1)).toMatchObject({ signed: other, lastResort });
    });

    test("are bounded, and a publication that goes beyond leaves no trace", async () => {
      const { store } = await populated();
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1, 2), most: 3 })]]);
      const signed = signedPrekey("signed", 1);
      expect(await store.commit([[publishPrekeys(1, { signed, oneTime: oneTimePrekeys(3, 4), most: 3 })]])).toEqual([
        CONFLICT,
      ]);
      expect(await prekeys(store, 1)).toMatchObject({ signed: undefined, count: 2 });
      const replaced = publishPrekeys(1, { replace: true, oneTime: oneTimePrekeys(3, 4, 5), most: 3 });
      expect(await store.commit([[replaced]])).toEqual([APPLIED]);
    });

    test("need the present key of their owner", async () => {
      const { store } = await populated();
      expect(await store.commit([[publishPrekeys(1, {}, 2)], [publishPrekeys(7)]])).toEqual([CONFLICT, CONFLICT]);
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1) })]]);
      expect(await store.commit([[takePrekey(1, 1, 1, { keyVersion: 2 })], [takePrekey(7, 1, 2)]])).toEqual([
        CONFLICT,
        CONFLICT,
      ]);
      expect(await idsOf(store, 1)).toEqual([1]);
    });

    test("are undone with their decision", async () => {
      const { store } = await populated();
      await store.commit([[rememberReplay(1), publishPrekeys(1, { oneTime: oneTimePrekeys(1, 2) })]]);
      expect(
        await store.commit([
          [takePrekey(1, 1, 1), rememberReplay(1)],
          [publishPrekeys(1, { replace: true }), rememberReplay(1)],
          [publishPrekeys(2), rememberReplay(1)],
        ]),
      ).toEqual([CONFLICT, CONFLICT, CONFLICT]);
      expect(await prekeys(store, 1)).toMatchObject({ oneTime: oneTimePrekeys(1, 2), taken: { all: 0 } });
      expect(await prekeys(store, 2)).toBeUndefined();
      expect(await takenBy(store, 1)).toBeUndefined();
    });
  });

  describe(`${name}: a prekey that is taken`, () => {
    test("is gone for everybody else, and known to its request", async () => {
      const { store } = await populated();
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1, 2) })]]);
      expect(await store.commit([[takePrekey(1, 1, 1)], [takePrekey(1, 1, 2)], [takePrekey(2, 2, 3)]])).toEqual([
        APPLIED,
        CONFLICT,
        CONFLICT,
      ]);
      expect(await idsOf(store, 1)).toEqual([2]);
      expect(await takenBy(store, 1)).toEqual(oneTimePrekeys(1)[0]);
      expect(await takenBy(store, 2)).toBeUndefined();
    });

    test("stays known when others are published, replaced and taken, until it is swept", async () => {
      const { store, clock } = await populated();
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1, 2, 3) })]]);
      const soon = { outcome: { id: outcomeId(1), expires: hour(1) } };
      await store.commit([[takePrekey(1, 1, 1, soon)], [takePrekey(1, 2, 2)]]);
      await store.commit([[publishPrekeys(1, { replace: true, oneTime: oneTimePrekeys(1, 2) })]]);
      clock.now = at(1);
      expect(await store.sweep(hour(1))).toMatchObject({ takenPrekeys: 0 });
      expect(await takenBy(store, 1)).toEqual(oneTimePrekeys(1)[0]);
      clock.now = at(2);
      expect(await store.sweep(hour(2))).toMatchObject({ takenPrekeys: 1 });
      expect(await takenBy(store, 1)).toBeUndefined();
      expect(await takenBy(store, 2)).toEqual(oneTimePrekeys(2)[0]);
      expect(await idsOf(store, 1)).toEqual([1, 2]);
    });

    test("counts for the hour, for strangers and for everybody", async () => {
      const { store } = await populated();
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1, 2, 3, 4, 5) })]]);
      const most = { all: 3, strangers: 1 };
      const outcomes = await store.commit([
        [takePrekey(1, 1, 1, { most })],
        [takePrekey(1, 2, 2, { most })],
        [takePrekey(1, 2, 3, { most, stranger: false })],
        [takePrekey(1, 3, 4, { most, stranger: false })],
        [takePrekey(1, 4, 5, { most, stranger: false })],
      ]);
      expect(outcomes).toEqual([APPLIED, CONFLICT, APPLIED, APPLIED, CONFLICT]);
      expect(await prekeys(store, 1)).toMatchObject({ taken: { hour: hour(0), all: 3, strangers: 1 } });
      expect(await store.commit([[takePrekey(1, 4, 6, { most, hour: hour(1) })]])).toEqual([APPLIED]);
      expect(await prekeys(store, 1)).toMatchObject({ taken: { hour: hour(1), all: 1, strangers: 1 } });
      // A publication is no way around it.
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(8) })]]);
      expect(await prekeys(store, 1)).toMatchObject({ taken: { hour: hour(1), all: 1, strangers: 1 } });
    });
  });

  describe(`${name}: prekeys are void`, () => {
    async function taken(): Promise<Store> {
      const { store } = await populated();
      const all = { signed: signedPrekey("signed", 1), lastResort: signedPrekey("last resort", 1) };
      for (const user of [1, 2]) {
        await store.commit([[publishPrekeys(user, { ...all, oneTime: oneTimePrekeys(1, 2) })]]);
        await store.commit([[takePrekey(user, 1, user)]]);
      }
      return store;
    }

    test.each(["rotation", "recovery"] as const)("all of a user's, with a %s, and nobody else's", async (by) => {
      const store = await taken();
      await store.commit([[changeKey(1, 1, { by })]]);
      expect(await prekeys(store, 1)).toBeUndefined();
      expect(await takenBy(store, 1)).toBeUndefined();
      expect(await prekeys(store, 2)).toMatchObject({ count: 1 });
      expect(await takenBy(store, 2)).toEqual(oneTimePrekeys(1)[0]);
      expect(await store.commit([[takePrekey(1, 2, 3, { keyVersion: 2 })]])).toEqual([CONFLICT]);
      expect(await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1) }, 2)]])).toEqual([APPLIED]);
      expect(await prekeys(store, 1)).toMatchObject({ signed: undefined, count: 1, taken: { all: 0 } });
    });

    test("when their owner releases the name", async () => {
      const store = await taken();
      await store.commit([[releaseUser(1, "Alice")]]);
      expect(await prekeys(store, 1)).toBeUndefined();
      expect(await takenBy(store, 1)).toBeUndefined();
      expect(await store.commit([[publishPrekeys(1)], [takePrekey(1, 2, 3)]])).toEqual([CONFLICT, CONFLICT]);
      expect(await prekeys(store, 2)).toMatchObject({ count: 1 });
    });
  });

  describe(`${name}: a notice that few prekeys are left`, () => {
    const low = 3;
    const take = (prekey: number) => [takePrekey(1, prekey, prekey, { low })];

    test("comes once, with the one that leaves too few, and again only after a publication", async () => {
      const { store } = await populated();
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1, 2, 3, 4) })]]);
      expect(await store.commit([take(1)])).toEqual([APPLIED]);
      expect(await store.commit([take(2)])).toEqual([{ ...APPLIED, receipts: [1] }]);
      expect(await store.commit([take(3)])).toEqual([APPLIED]);
      expect(await itemsOf(store, 1)).toEqual([{ sequence: 1, kind: "prekeys", count: 2 }]);
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(5) })]]);
      expect(await store.commit([take(4)])).toEqual([{ ...APPLIED, receipts: [1] }]);
      expect(await itemsOf(store, 1)).toEqual([
        { sequence: 1, kind: "prekeys", count: 2 },
        { sequence: 2, kind: "prekeys", count: 1 },
      ]);
    });

    test("waits for the next one that is taken when the mailbox is full", async () => {
      const { store } = await populated({ messages: 2, bytes: 1_000 });
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1, 2) })], [storeMessage(1, "fills it")]]);
      expect(await store.commit([take(1)])).toEqual([APPLIED]);
      expect(await idsOf(store, 1)).toEqual([2]);
      await store.commit([[acknowledge(1, [[1, 1]])]]);
      expect(await store.commit([take(2)])).toEqual([{ ...APPLIED, receipts: [1] }]);
      expect(await itemsOf(store, 1)).toEqual([{ sequence: 2, kind: "prekeys", count: 0 }]);
    });

    test("is acknowledged and expires as what else is in a mailbox", async () => {
      const { store, clock } = await populated();
      await store.commit([[publishPrekeys(1, { oneTime: oneTimePrekeys(1) })], take(1)]);
      clock.now = at(30 * 24 + 1);
      expect(await itemsOf(store, 1)).toEqual([]);
      expect(await store.sweep(hour(30 * 24 + 1))).toMatchObject({ deliveries: 1 });
    });
  });
}
