/** What every store must do with histories: keep copies of what users sent, and count what they have not acknowledged. */
import { describe, expect, test } from "vitest";
import { encodeMessagePayload, encodeReceiptPayload } from "../../src/protocol/v2/payload.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import type { Change } from "../../src/store/changes.js";
import { copiesOf, type CopyPage, HEAD_BYTES, unreadOf, type UnreadPage } from "../../src/store/history.js";
import type { Store } from "../../src/store/store.js";
import {
  acknowledge,
  at,
  changeKey,
  conversation,
  hour,
  id,
  insertUser,
  keepCopy,
  outcomeId,
  releaseUser,
  rememberReplay,
  storeMessage,
} from "../support/changes.js";
import { APPLIED, CONFLICT, type OpenStore, populating } from "../support/populated-store.js";

/** The suite. */
export function describeHistory(name: string, open: OpenStore): void {
  /** A store with the users alice (1) and bob (2), and a clock to set. */
  const populated = populating(open, insertUser("Alice", 1), insertUser("bob", 2));
  async function copies(
    store: Store,
    user: number,
    { of, after = 0, limit = 9 }: { readonly of?: Buffer; readonly after?: number; readonly limit?: number } = {},
  ): Promise<CopyPage> {
    return (await store.load([copiesOf(id(user), of, after, limit)]))[0] as CopyPage;
  }
  const textsOf = async (...asked: Parameters<typeof copies>): Promise<string[]> =>
    (await copies(...asked)).copies.map(({ sequence, copy }) => `${sequence} ${Buffer.from(copy).toString()}`);
  const unread = async (store: Store, user: number, after = 0, limit = 9): Promise<UnreadPage> =>
    (await store.load([unreadOf(id(user), after, limit)]))[0] as UnreadPage;

  describe(`${name}: copies of what was sent`, () => {
    test("are found as they were kept, in their order, by conversation and all of them", async () => {
      const { store } = await populated();
      const other = { conversation: conversation(2), hour: hour(3) };
      expect(await store.commit([[keepCopy(1, 1)], [keepCopy(1, 2, other)], [keepCopy(1, 3)]])).toEqual(
        Array(3).fill(APPLIED),
      );
      expect(await copies(store, 1, { of: conversation(2) })).toEqual({
        copies: [{ sequence: 2, id: outcomeId(2), copy: Buffer.from("sealed copy 2"), hour: hour(3) }],
        more: false,
      });
      expect(await textsOf(store, 1, { of: conversation(1) })).toEqual(["1 sealed copy 1", "3 sealed copy 3"]);
      expect(await textsOf(store, 1)).toEqual(["1 sealed copy 1", "2 sealed copy 2", "3 sealed copy 3"]);
      expect(await textsOf(store, 1, { of: conversation(3) })).toEqual([]);
      expect(await copies(store, 2)).toEqual({ copies: [], more: false });
    });

    test("come page by page above a sequence", async () => {
      const { store } = await populated();
      for (const seed of [1, 2, 3, 4, 5])
        await store.commit([[keepCopy(1, seed, { conversation: conversation(seed % 2) })]]);
      expect(await copies(store, 1, { of: conversation(1), limit: 2 })).toMatchObject({
        copies: [{ sequence: 1 }, { sequence: 3 }],
        more: true,
      });
      expect(await copies(store, 1, { of: conversation(1), after: 3, limit: 2 })).toMatchObject({
        copies: [{ sequence: 5 }],
        more: false,
      });
      expect(await copies(store, 1, { after: 4, limit: 1 })).toMatchObject({ copies: [{ sequence: 5 }], more: false });
    });

    test("of every size are given back whole", async () => {
      const { store } = await populated();
      const sizes = [0, 1, 239, 240, 241, 256, 300, 4_000, 20_000];
      const most = { copies: 100, bytes: 100_000 };
      const written = sizes.map((size, seed) => Buffer.alloc(size, seed + 1));
      await store.commit(written.map((copy, seed) => [keepCopy(1, seed, { copy, most })]));
      expect((await copies(store, 1)).copies.map(({ copy }) => Buffer.from(copy))).toEqual(written);
    });

    test("give way when there are more than may be, the oldest first, whatever their conversation", async () => {
      const { store } = await populated();
      const most = { copies: 3, bytes: 10_000 };
      for (const seed of [1, 2, 3, 4, 5])
        await store.commit([[keepCopy(1, seed, { most, conversation: conversation(seed % 2) })]]);
      await store.commit([[keepCopy(2, 6, { most })]]);
      expect(await textsOf(store, 1)).toEqual(["3 sealed copy 3", "4 sealed copy 4", "5 sealed copy 5"]);
      expect(await textsOf(store, 2)).toEqual(["1 sealed copy 6"]);
    });

    test("give way when they are larger together than may be, and one that is larger alone is not kept", async () => {
      const { store } = await populated();
      const keep = (seed: number, size: number): Change[] => [
        keepCopy(1, seed, { copy: Buffer.alloc(size, 65 + seed), most: { copies: 100, bytes: 10 } }),
      ];
      await store.commit([keep(1, 4), keep(2, 4), keep(3, 2)]);
      expect(await textsOf(store, 1)).toEqual(["1 BBBB", "2 CCCC", "3 DD"]);
      await store.commit([keep(4, 5)]);
      expect(await textsOf(store, 1)).toEqual(["3 DD", "4 EEEEE"]);
      expect(await store.commit([keep(5, 11)])).toEqual([CONFLICT]);
      expect(await textsOf(store, 1)).toEqual(["3 DD", "4 EEEEE"]);
      await store.commit([keep(6, 10)]);
      expect(await textsOf(store, 1)).toEqual(["5 GGGGGGGGGG"]);
    });

    test("are not seen when they have expired, are swept, and their sequences never come again", async () => {
      const { store, clock } = await populated();
      await store.commit([[keepCopy(1, 1, { expires: hour(1) })], [keepCopy(1, 2, { expires: hour(1) })]]);
      clock.now = at(1);
      expect(await textsOf(store, 1)).toHaveLength(2);
      expect(await store.sweep(hour(1))).toMatchObject({ copies: 0 });
      clock.now = at(2);
      expect(await textsOf(store, 1)).toEqual([]);
      expect(await store.sweep(hour(2))).toMatchObject({ copies: 2 });
      await store.commit([[keepCopy(1, 3, { most: { copies: 1, bytes: 13 } })]]);
      expect(await textsOf(store, 1)).toEqual(["3 sealed copy 3"]);
    });

    test("are undone with their decision, and so is what gave way to them", async () => {
      const { store } = await populated();
      const most = { copies: 1, bytes: 10_000 };
      await store.commit([[keepCopy(1, 1, { most }), rememberReplay(1)]]);
      expect(await store.commit([[keepCopy(1, 2, { most }), rememberReplay(1)]])).toEqual([CONFLICT]);
      expect(await textsOf(store, 1)).toEqual(["1 sealed copy 1"]);
      await store.commit([[keepCopy(1, 3, { most })]]);
      expect(await textsOf(store, 1)).toEqual(["2 sealed copy 3"]);
    });

    test("stay when their owner's key changes, and go with their owner", async () => {
      const { store } = await populated();
      await store.commit([[keepCopy(1, 1)], [keepCopy(2, 2)], [changeKey(1, 1)]]);
      expect(await textsOf(store, 1)).toEqual(["1 sealed copy 1"]);
      expect(await store.commit([[releaseUser(1, "Alice", 2)]])).toEqual([APPLIED]);
      expect(await textsOf(store, 1)).toEqual([]);
      expect(await store.commit([[keepCopy(1, 3)], [keepCopy(7, 4)]])).toEqual([CONFLICT, CONFLICT]);
      expect(await textsOf(store, 2)).toEqual(["1 sealed copy 2"]);
    });
  });

  describe(`${name}: what is not acknowledged`, () => {
    const bytesOf = (seed: number, length: number): Buffer => Buffer.alloc(length, seed);
    const message = (from: number, text: string): Change => ({
      ...storeMessage(1, text),
      origin: bytesOf(from, 16),
      payload: encodeMessagePayload({
        id: bytesOf(9, 16) as Uint8Array as RequestId,
        sender: `sender-${from}`,
        keyVersion: 1,
        body: Buffer.from(text),
      }),
    });
    const receipt: Change = {
      ...storeMessage(1, ""),
      origin: bytesOf(0, 8),
      payload: encodeReceiptPayload({ id: bytesOf(9, 16), state: "delivered" }),
    };
    const short = async (...asked: Parameters<typeof unread>): Promise<string[]> =>
      (await unread(...asked)).origins.map(({ sequence, messages }) => `${sequence}: ${messages}`);

    test("is counted by sender, in the order of the first of each, and only messages are", async () => {
      const { store } = await populated();
      expect(await unread(store, 1)).toEqual({ origins: [], more: false });
      const long = "x".repeat(400);
      await store.commit([[receipt], [message(1, long)], [message(2, "b")], [message(1, "c")], [message(1, "d")]]);
      const { origins } = await unread(store, 1);
      expect(origins.map(({ sequence, messages }) => [sequence, messages])).toEqual([
        [2, 3],
        [3, 1],
      ]);
      expect(origins[0]?.head).toHaveLength(HEAD_BYTES);
      expect(Buffer.from(origins[1]?.head ?? []).toString()).toMatch(/sender-2b$/);
      expect(await unread(store, 2)).toEqual({ origins: [], more: false });
    });

    test("comes page by page", async () => {
      const { store } = await populated();
      await store.commit([1, 2, 3, 2].map((from) => [message(from, "hello")]));
      expect(await unread(store, 1, 0, 2)).toMatchObject({ origins: [{ sequence: 1 }, { sequence: 2 }], more: true });
      expect(await unread(store, 1, 2, 2)).toMatchObject({ origins: [{ sequence: 3 }], more: false });
    });

    test("becomes less with what is acknowledged or expires, and moves on with its first", async () => {
      const { store, clock } = await populated();
      const soon = { ...message(3, "soon"), expires: hour(1) } as Change;
      await store.commit([[message(1, "a")], [message(2, "b")], [message(1, "c")], [soon]]);
      expect(await short(store, 1)).toEqual(["1: 2", "2: 1", "4: 1"]);
      await store.commit([[acknowledge(1, [[1, 2]])]]);
      expect(await short(store, 1)).toEqual(["3: 1", "4: 1"]);
      clock.now = at(2);
      expect(await short(store, 1)).toEqual(["3: 1"]);
      expect(await short(store, 1, 3)).toEqual([]);
    });
  });
}
