/** What every store must do with outcomes, receipts, acknowledgements, and the state of mailboxes. */
import { describe, expect, test } from "vitest";
import { RECEIPT_HOURS, SETTLED } from "../../src/store/changes.js";
import { deliveriesOf, mailboxOf, outcomeOf } from "../../src/store/rows.js";
import type { Store } from "../../src/store/store.js";
import {
  acknowledge,
  at,
  changeKey,
  digest,
  eraseDeliveries,
  hour,
  id,
  insertUser,
  messageId,
  outcomeId,
  rememberOutcome,
  sendMessage,
  storeMessage,
} from "../support/changes.js";
import {
  APPLIED,
  appliedWith,
  codesOf,
  CONFLICT,
  itemsOf,
  type OpenStore,
  populating,
  REFUSED,
} from "../support/populated-store.js";

/** The suite. */
export function describeSettling(name: string, open: OpenStore): void {
  /** A store with alice (1), bob (2) and carol (3), and a clock to set. */
  const populated = populating(open, insertUser("alice", 1), insertUser("bob", 2), insertUser("carol", 3));
  const sequencesOf = async (store: Store, user: number): Promise<number[]> =>
    (await store.deliveries(id(user), 0, 100)).map(({ sequence }) => sequence);
  const mailbox = async (store: Store, user: number): Promise<unknown> => (await store.load([mailboxOf(id(user))]))[0];

  describe(`${name}: outcomes`, () => {
    test("an outcome is remembered once, with its digest and code", async () => {
      const { store } = await populated();
      expect(await store.commit([[rememberOutcome(1, 7)], [rememberOutcome(1, 8)]])).toEqual([APPLIED, CONFLICT]);
      expect(await store.commit([[rememberOutcome(1, 0)], [rememberOutcome(2, 0)]])).toEqual([CONFLICT, APPLIED]);
      expect(await store.load([1, 2, 3].map((seed) => outcomeOf(outcomeId(seed))))).toEqual([
        { digest: digest(1), code: 7 },
        { digest: digest(2), code: 0 },
        undefined,
      ]);
    });

    test("is there until it is swept, and can be remembered again then", async () => {
      const { store, clock } = await populated();
      await store.commit([[rememberOutcome(1, 7, hour(3)), rememberOutcome(2, 7, hour(4))]]);
      clock.now = at(9);
      expect(await codesOf(store, 1, 2)).toEqual([7, 7]);
      expect(await store.sweep(hour(4))).toMatchObject({ outcomes: 1 });
      expect(await codesOf(store, 1, 2)).toEqual([undefined, 7]);
      expect(await store.commit([[rememberOutcome(1)], [rememberOutcome(2)]])).toEqual([APPLIED, CONFLICT]);
    });

    test("is undone with its decision", async () => {
      const { store } = await populated();
      expect(await store.commit([[rememberOutcome(1), storeMessage(9, "for nobody")]])).toEqual([CONFLICT]);
      expect(await codesOf(store, 1)).toEqual([undefined]);
    });

    test.each(["delivered", "handedOver"] as const)("of a message becomes %s when it is erased as that", async (as) => {
      const { store } = await populated();
      await store.commit([
        [rememberOutcome(1), sendMessage(2, 1)],
        [rememberOutcome(2), sendMessage(2, 2)],
        [sendMessage(2, 3), rememberOutcome(3)],
      ]);
      expect(await store.commit([[{ ...eraseDeliveries(2, 1, 3, 9), as }]])).toEqual([APPLIED]);
      expect(await codesOf(store, 1, 2, 3)).toEqual([SETTLED[as], 100, SETTLED[as]]);
    });

    test("of a message becomes expired when it is swept, and lives on", async () => {
      const { store } = await populated();
      await store.commit([
        [rememberOutcome(1, 100, hour(1)), sendMessage(2, 1, { expires: hour(1), outcomeExpires: hour(5) })],
        [rememberOutcome(2, 100, hour(8)), sendMessage(2, 2, { expires: hour(1), outcomeExpires: hour(5) })],
        [rememberOutcome(3, 100, hour(8)), sendMessage(2, 3, { expires: hour(9), outcomeExpires: hour(12) })],
      ]);
      expect(await store.sweep(hour(2))).toMatchObject({ deliveries: 2, outcomes: 0 });
      expect(await codesOf(store, 1, 2, 3)).toEqual([SETTLED.expired, SETTLED.expired, 100]);
      await store.sweep(hour(6));
      expect(await codesOf(store, 1, 2, 3)).toEqual([undefined, SETTLED.expired, 100]);
    });

    test.each([0, 1, 205, 206, 207, 255, 256, 257, 5_000, 100_000])(
      "and a receipt do not depend on the size of the message (%i bytes), which comes back byte for byte",
      async (bytes) => {
        const { store } = await populated();
        const payload = Buffer.alloc(bytes, "\x01 any bytes \xff");
        await store.commit([
          [storeMessage(2, payload)],
          [rememberOutcome(1), { ...sendMessage(2, 1, { receiptTo: 1 }), payload }],
        ]);
        const waiting = await store.deliveries(id(2), 0, 9);
        expect(waiting.map((delivery) => Buffer.from(delivery.payload).equals(payload))).toEqual([true, true]);
        expect(await store.commit([[acknowledge(2, [[1, 2]])]])).toEqual([appliedWith(1)]);
        expect(await codesOf(store, 1)).toEqual([SETTLED.delivered]);
        expect(await itemsOf(store, 1)).toMatchObject([{ id: messageId(1), state: "delivered" }]);
      },
    );

    test("that is not remembered any more is not brought back", async () => {
      const { store } = await populated();
      await store.commit([[rememberOutcome(1, 100, hour(1)), sendMessage(2, 1)]]);
      await store.sweep(hour(2));
      await store.commit([[eraseDeliveries(2, 1)]]);
      expect(await codesOf(store, 1)).toEqual([undefined]);
    });
  });

  describe(`${name}: acknowledgements`, () => {
    test("erase the ranges, both ends included, and only those of that user", async () => {
      const { store } = await populated();
      await store.commit(Array.from({ length: 9 }, (_, index) => [storeMessage(1, `${index}`), storeMessage(2, "x")]));
      const ranges = acknowledge(1, [
        [2, 3],
        [5, 5],
        [8, 1_000_000],
      ]);
      expect(await store.commit([[ranges]])).toEqual([APPLIED]);
      expect(await sequencesOf(store, 1)).toEqual([1, 4, 6, 7]);
      expect(await sequencesOf(store, 2)).toHaveLength(9);
      expect(await store.counts()).toMatchObject({ deliveries: 13, payloadBytes: 13 });
      expect(await store.commit([[ranges]])).toEqual([APPLIED]);
      expect(await store.commit([[acknowledge(1, [])]])).toEqual([APPLIED]);
      expect(await sequencesOf(store, 1)).toEqual([1, 4, 6, 7]);
      await store.commit([[storeMessage(1, "next")]]);
      expect((await sequencesOf(store, 1)).at(-1)).toBe(10);
    });

    test("need the present key", async () => {
      const { store } = await populated();
      await store.commit([[storeMessage(1, "x")], [changeKey(1, 1)]]);
      expect(await store.commit([[acknowledge(1, [[1, 9]])], [acknowledge(9, [[1, 9]])]])).toEqual([
        CONFLICT,
        CONFLICT,
      ]);
      expect(await sequencesOf(store, 1)).toEqual([1]);
      expect(await store.commit([[acknowledge(1, [[1, 9]], 2)]])).toEqual([APPLIED]);
    });

    test("settle as delivered", async () => {
      const { store } = await populated();
      await store.commit([1, 2, 3].map((number) => [rememberOutcome(number), sendMessage(2, number)]));
      await store.commit([[acknowledge(2, [[1, 2]])]]);
      expect(await codesOf(store, 1, 2, 3)).toEqual([SETTLED.delivered, SETTLED.delivered, 100]);
    });
  });

  describe(`${name}: receipts`, () => {
    test("go to who asked for them, as items of their own mailbox, and say what became of the message", async () => {
      const { store } = await populated();
      await store.commit([
        [storeMessage(1, "before")],
        [sendMessage(2, 1, { receiptTo: 1 }), sendMessage(2, 2), sendMessage(2, 3, { receiptTo: 3 })],
        [sendMessage(2, 4, { receiptTo: 1 }), sendMessage(3, 5, { receiptTo: 1, expires: hour(1) })],
      ]);
      expect(await store.commit([[acknowledge(2, [[1, 2]])], [acknowledge(2, [[1, 2]])]])).toEqual([
        appliedWith(1),
        APPLIED,
      ]);
      expect(await store.commit([[eraseDeliveries(2, 3, 4)]])).toEqual([appliedWith(3, 1)]);
      await store.sweep(hour(2));
      expect((await itemsOf(store, 1)).slice(1)).toEqual([
        { sequence: 2, kind: "receipt", id: messageId(1), state: "delivered" },
        { sequence: 3, kind: "receipt", id: messageId(4), state: "handedOver" },
        { sequence: 4, kind: "receipt", id: messageId(5), state: "expired" },
      ]);
      expect(await itemsOf(store, 3)).toEqual([
        { sequence: 2, kind: "receipt", id: messageId(3), state: "handedOver" },
      ]);
      expect(await store.counts()).toMatchObject({ deliveries: 5 });
    });

    test("of one decision name each user once", async () => {
      const { store } = await populated();
      await store.commit([[1, 2, 3].map((number) => sendMessage(2, number, { receiptTo: 1 }))]);
      expect(await store.commit([[acknowledge(2, [[1, 1]]), acknowledge(2, [[2, 3]])]])).toEqual([appliedWith(1)]);
      expect(await sequencesOf(store, 1)).toEqual([1, 2, 3]);
    });

    test("to oneself are not acknowledged with what they are for", async () => {
      const { store } = await populated();
      await store.commit([[sendMessage(1, 1, { receiptTo: 1 })]]);
      expect(await store.commit([[acknowledge(1, [[1, 99]])]])).toEqual([appliedWith(1)]);
      expect(await itemsOf(store, 1)).toMatchObject([{ sequence: 2, kind: "receipt", id: messageId(1) }]);
    });

    test("expire after their time without a receipt for them", async () => {
      const { store, clock } = await populated();
      clock.now = at(5);
      await store.commit([[sendMessage(2, 1, { receiptTo: 1 })], [eraseDeliveries(2, 1)]]);
      clock.now = at(5 + RECEIPT_HOURS);
      expect(await itemsOf(store, 1)).toHaveLength(1);
      clock.now = at(5 + RECEIPT_HOURS) + 1;
      expect(await itemsOf(store, 1)).toHaveLength(0);
      expect(await store.sweep(hour(6 + RECEIPT_HOURS))).toMatchObject({ deliveries: 1 });
      expect(await store.counts()).toMatchObject({ deliveries: 0, payloadBytes: 0 });
    });

    test("are dropped when that mailbox is full, and what they were for is settled all the same", async () => {
      const { store } = await populated({ messages: 64, bytes: 64_000 });
      const sends = [1, 2, 3, 4, 5, 6].map((number) => sendMessage(2, number, { receiptTo: 1, origin: number }));
      await store.commit(sends.map((send, index) => [rememberOutcome(index + 1), send]));
      expect(await store.commit([[acknowledge(2, [[1, 6]])]])).toEqual([appliedWith(1)]);
      // One's own receipts get what a sender gets: a sixteenth.
      expect(await sequencesOf(store, 1)).toEqual([1, 2, 3, 4]);
      expect(await codesOf(store, 5, 6)).toEqual([SETTLED.delivered, SETTLED.delivered]);
      expect(await mailbox(store, 1)).toEqual({ messages: 4, bytes: 72, lastSequence: 4, fullSince: undefined });
      await store.commit(Array.from({ length: 28 }, (_, index) => [storeMessage(1, "x", 10 + index)]));
      await store.commit([[acknowledge(1, [[1, 4]])], [sendMessage(2, 7, { receiptTo: 1 })]]);
      await store.commit(Array.from({ length: 9 }, (_, index) => [storeMessage(1, "x", 50 + index)]));
      expect(await store.commit([[acknowledge(2, [[7, 7]])]])).toEqual([APPLIED]);
      expect(await mailbox(store, 1)).toMatchObject({ messages: 32, lastSequence: 36 });
    });

    test("find the room that the same acknowledgement makes", async () => {
      const { store } = await populated({ messages: 2, bytes: 1_000 });
      await store.commit([[sendMessage(1, 1, { receiptTo: 1 })]]);
      expect(await store.commit([[sendMessage(1, 2)]])).toEqual([REFUSED]);
      expect(await store.commit([[acknowledge(1, [[1, 1]])]])).toEqual([appliedWith(1)]);
    });

    test("for nobody are dropped", async () => {
      const { store } = await populated();
      await store.commit([[sendMessage(2, 1, { receiptTo: 9 })]]);
      expect(await store.commit([[acknowledge(2, [[1, 1]])]])).toEqual([APPLIED]);
    });

    test("are undone with their decision", async () => {
      const { store } = await populated();
      await store.commit([[rememberOutcome(1), sendMessage(2, 1, { receiptTo: 1 })]]);
      expect(await store.commit([[acknowledge(2, [[1, 1]]), storeMessage(9, "x")]])).toEqual([CONFLICT]);
      expect([await sequencesOf(store, 1), await sequencesOf(store, 2)]).toEqual([[], [1]]);
      expect(await codesOf(store, 1)).toEqual([100]);
      expect(await mailbox(store, 1)).toBeUndefined();
    });
  });

  describe(`${name}: mailboxes`, () => {
    test("are told in numbers, once they have held anything", async () => {
      const { store } = await populated();
      expect(await mailbox(store, 1)).toBeUndefined();
      await store.commit([[storeMessage(1, "12345"), storeMessage(1, "123")]]);
      expect(await mailbox(store, 1)).toEqual({ messages: 2, bytes: 8, lastSequence: 2, fullSince: undefined });
      await store.commit([[acknowledge(1, [[1, 2]])]]);
      expect(await mailbox(store, 1)).toEqual({ messages: 0, bytes: 0, lastSequence: 2, fullSince: undefined });
    });

    test("say since when they have refused messages, until the next acknowledgement", async () => {
      const { store, clock } = await populated({ messages: 32, bytes: 1_000 });
      const full = async () => ((await mailbox(store, 1)) as { fullSince?: number }).fullSince;
      await store.commit([[storeMessage(1, "a", 1), storeMessage(1, "b", 1)]]);
      expect(await full()).toBeUndefined();
      clock.now = at(3);
      expect(await store.commit([[rememberOutcome(1), storeMessage(1, "c", 1)]])).toEqual([REFUSED]);
      clock.now = at(5);
      expect(await store.commit([[storeMessage(1, "d", 1)], [storeMessage(1, "e", 2)]])).toEqual([REFUSED, APPLIED]);
      expect([await full(), ...(await codesOf(store, 1))]).toEqual([hour(3), undefined]);
      await store.commit([[eraseDeliveries(1, 1)]]);
      expect(await full()).toBe(hour(3));
      await store.commit([[acknowledge(1, [])]]);
      expect(await full()).toBeUndefined();
      await store.commit([[storeMessage(1, "f", 1)], [storeMessage(1, "g", 1)]]);
      expect(await full()).toBe(hour(5));
    });

    test("that have never held anything are not full because of a message that is too large", async () => {
      const { store } = await populated({ messages: 32, bytes: 1_000 });
      expect(await store.commit([[storeMessage(1, Buffer.alloc(500), 1)]])).toEqual([REFUSED]);
      expect(await mailbox(store, 1)).toBeUndefined();
    });

    test("come in pages, which say whether there is more", async () => {
      const { store, clock } = await populated();
      await store.commit([1, 2, 3, 4].map((number) => [storeMessage(1, `${number}`, 0, hour(number < 4 ? 9 : 1))]));
      const page = async (after: number, limit: number) => {
        const [found] = (await store.load([deliveriesOf(id(1), after, limit)])) as [
          { deliveries: { sequence: number; payload: Uint8Array }[]; more: boolean },
        ];
        return [found.deliveries.map(({ payload }) => Buffer.from(payload).toString()), found.more];
      };
      expect([await page(0, 3), await page(0, 4), await page(2, 1), await page(3, 5), await page(4, 5)]).toEqual([
        [["1", "2", "3"], true],
        [["1", "2", "3", "4"], false],
        [["3"], true],
        [["4"], false],
        [[], false],
      ]);
      clock.now = at(1) + 1;
      expect(await page(0, 3)).toEqual([["1", "2", "3"], false]);
      expect(await store.load([deliveriesOf(id(9), 0, 9)])).toEqual([{ deliveries: [], more: false }]);
    });
  });
}
