/** What every store must do with keys that change, names that are given back, and routes that end. */
import { describe, expect, test } from "vitest";
import {
  heldName,
  keyHadBy,
  keyLogOf,
  keysOf,
  mailboxOf,
  outcomeOf,
  recoveryRightOf,
  routeOf,
  routeOwner,
} from "../../src/store/rows.js";
import { userById, userByName } from "../../src/store/rows.js";
import type { Store } from "../../src/store/store.js";
import {
  at,
  changeKey,
  CLIENT,
  endRoute,
  hour,
  id,
  insertUser,
  moveRoute,
  outcomeId,
  refreshRoute,
  releaseUser,
  rememberOutcome,
  sendMessage,
  storeMessage,
  tag,
} from "../support/changes.js";
import { APPLIED, appliedWith, CONFLICT, type OpenStore, populating } from "../support/populated-store.js";

/** The suite. */
export function describeAccounts(name: string, open: OpenStore): void {
  const recoveryKey = (seed: number): Buffer => Buffer.from(`recovery key ${seed}`);
  const withRecovery = (user: string, tagSeed: number) => ({
    ...insertUser(user, tagSeed),
    algorithm: "ed25519" as const,
    recoveryKey: recoveryKey(1),
  });
  /** A store with alice (1), who has a recovery key, and bob (2), who has none, and a clock to set. */
  const populated = populating(open, withRecovery("Alice", 1), { ...insertUser("bob", 2), algorithm: "ed25519" });
  const rightOf = async (store: Store, user: number, before = 0): Promise<unknown> => {
    const [right] = (await store.load([recoveryRightOf(id(user), hour(before))])) as [{ recoveryKey: Uint8Array }?];
    return right && Buffer.from(right.recoveryKey).toString();
  };

  describe(`${name}: keys`, () => {
    test("a recovery key comes with its user, and most users have none", async () => {
      const { store } = await populated();
      expect(await store.load([userByName("alice"), userByName("bob")])).toEqual([
        expect.objectContaining({ keyVersion: 1, recoveryKey: recoveryKey(1) }),
        expect.objectContaining({ keyVersion: 1, recoveryKey: undefined }),
      ]);
    });

    test("a change takes effect on the version that it was proven with, once, and ends the route", async () => {
      const { store } = await populated();
      expect(await store.commit([[changeKey(1, 1)], [changeKey(1, 1)], [changeKey(2, 2)], [changeKey(7, 1)]])).toEqual([
        APPLIED,
        CONFLICT,
        CONFLICT,
        CONFLICT,
      ]);
      expect(await store.load([userById(id(1)), routeOf(id(1)), routeOwner(CLIENT, tag(1))])).toEqual([
        {
          id: 1,
          name: "Alice",
          algorithm: "ed25519",
          key: Buffer.from("key 2 of 1"),
          keyVersion: 2,
          recoveryKey: recoveryKey(1),
        },
        undefined,
        undefined,
      ]);
      expect(await store.commit([[moveRoute(1, 3, 1)], [moveRoute(1, 3, 2)]])).toEqual([CONFLICT, APPLIED]);
      expect(await store.load([routeOwner(CLIENT, tag(3)), routeOf(id(2))])).toMatchObject([{ user: 1 }, {}]);
    });

    test("a change may bring another recovery key, or the first", async () => {
      const { store } = await populated();
      await store.commit([
        [changeKey(1, 1, { recoveryKey: recoveryKey(2) })],
        [changeKey(2, 1, { recoveryKey: recoveryKey(3) })],
        [changeKey(2, 2)],
      ]);
      expect(await store.load([userById(id(1)), userById(id(2))])).toMatchObject([
        { keyVersion: 2, recoveryKey: recoveryKey(2) },
        { keyVersion: 3, recoveryKey: recoveryKey(3) },
      ]);
    });

    test("the log knows every version, with the recovery key that was in force", async () => {
      const { store } = await populated();
      await store.commit([[changeKey(1, 1), changeKey(1, 2, { recoveryKey: recoveryKey(2) }), changeKey(1, 3)]]);
      expect(await store.load([0, 1, 2, 3, 4, 5].map((version) => keyLogOf(id(1), version)))).toEqual([
        undefined,
        { key: Buffer.from("key of Alice"), recoveryKey: recoveryKey(1) },
        { key: Buffer.from("key 2 of 1"), recoveryKey: recoveryKey(1) },
        { key: Buffer.from("key 3 of 1"), recoveryKey: recoveryKey(2) },
        { key: Buffer.from("key 4 of 1"), recoveryKey: recoveryKey(2) },
        undefined,
      ]);
      expect(await store.load([keyLogOf(id(2), 1), keyLogOf(id(9), 1)])).toEqual([
        { key: Buffer.from("key of bob"), recoveryKey: undefined },
        undefined,
      ]);
    });

    test("the log comes in pages, with how and when each version came, and who signed it", async () => {
      const { store } = await populated();
      await store.commit([[changeKey(1, 1, { at: hour(3) }), changeKey(1, 2, { by: "recovery", at: hour(4) })]]);
      const entries = [
        {
          ...{ version: 1, by: "registration", hour: hour(0), key: Buffer.from("key of Alice") },
          ...{ recoveryKey: recoveryKey(1), signature: Buffer.from("signature of Alice") },
        },
        {
          ...{ version: 2, by: "rotation", hour: hour(3), key: Buffer.from("key 2 of 1") },
          ...{ recoveryKey: recoveryKey(1), signature: Buffer.from("signature of key 2 of 1") },
        },
        {
          ...{ version: 3, by: "recovery", hour: hour(4), key: Buffer.from("key 3 of 1") },
          ...{ recoveryKey: recoveryKey(1), signature: Buffer.from("signature of key 3 of 1") },
        },
      ];
      const pages = [
        keysOf(id(1), 1, 9),
        keysOf(id(1), 1, 2),
        keysOf(id(1), 3, 1),
        keysOf(id(1), 4, 9),
        keysOf(id(9), 1, 9),
      ];
      expect(await store.load(pages)).toEqual([
        { entries, more: false },
        { entries: entries.slice(0, 2), more: true },
        { entries: entries.slice(2), more: false },
        { entries: [], more: false },
        { entries: [], more: false },
      ]);
    });

    test("the log knows which keys a user has had, and not who else has", async () => {
      const { store } = await populated();
      await store.commit([[changeKey(1, 1)]]);
      const keys = ["key of Alice", "key 2 of 1", "key 3 of 1"].map((key) => Buffer.from(key));
      expect(await store.load(keys.map((key) => keyHadBy(id(1), key)))).toEqual([true, true, undefined]);
      expect(await store.load(keys.map((key) => keyHadBy(id(2), key)))).toEqual([undefined, undefined, undefined]);
    });

    test("what is not applied leaves no trace in the log", async () => {
      const { store } = await populated();
      expect(await store.commit([[changeKey(1, 1), storeMessage(9, "for nobody")]])).toEqual([CONFLICT]);
      expect(await store.load([userById(id(1)), keyLogOf(id(1), 2), routeOf(id(1))])).toMatchObject([
        { keyVersion: 1, key: Buffer.from("key of Alice") },
        undefined,
        { tag: tag(1) },
      ]);
    });
  });

  describe(`${name}: the right to recover`, () => {
    test("is the registration's, or nobody's", async () => {
      const { store } = await populated();
      expect([await rightOf(store, 1), await rightOf(store, 2), await rightOf(store, 9)]).toEqual([
        "recovery key 1",
        undefined,
        undefined,
      ]);
    });

    test("stays with the replaced recovery key until the rotation is settled", async () => {
      const { store } = await populated();
      await store.commit([[changeKey(1, 1, { recoveryKey: recoveryKey(2), at: hour(5) })]]);
      expect([await rightOf(store, 1, 5), await rightOf(store, 1, 6)]).toEqual(["recovery key 1", "recovery key 2"]);
    });

    test("does not move on by rotating again and again", async () => {
      const { store } = await populated();
      await store.commit([
        [changeKey(1, 1, { recoveryKey: recoveryKey(2), at: hour(5) })],
        [changeKey(1, 2, { recoveryKey: recoveryKey(3), at: hour(6) })],
        [changeKey(1, 3, { at: hour(7) })],
      ]);
      const rights = await Promise.all([5, 6, 7, 8].map((before) => rightOf(store, 1, before)));
      expect(rights).toEqual(["recovery key 1", "recovery key 2", "recovery key 3", "recovery key 3"]);
    });

    test("moves on with a recovery at once", async () => {
      const { store } = await populated();
      await store.commit([[changeKey(1, 1, { recoveryKey: recoveryKey(2), at: hour(5) })]]);
      await store.commit([[changeKey(1, 2, { recoveryKey: recoveryKey(3), at: hour(5), by: "recovery" })]]);
      expect(await rightOf(store, 1, 0)).toBe("recovery key 3");
    });

    test("is the first one's that a rotation brings, where there was none", async () => {
      const { store } = await populated();
      await store.commit([
        [changeKey(2, 1, { at: hour(4) })],
        [changeKey(2, 2, { recoveryKey: recoveryKey(2), at: hour(5) })],
        [changeKey(2, 3, { recoveryKey: recoveryKey(3), at: hour(6) })],
      ]);
      expect([await rightOf(store, 2, 0), await rightOf(store, 2, 7)]).toEqual(["recovery key 2", "recovery key 3"]);
    });
  });

  describe(`${name}: routes`, () => {
    test("a user's route is told until it has expired", async () => {
      const { store, clock } = await populated();
      expect(await store.load([routeOf(id(1)), routeOf(id(9))])).toEqual([
        { client: CLIENT, incarnation: 1, tag: tag(1) },
        undefined,
      ]);
      clock.now = at(24) + 1;
      expect(await store.load([routeOf(id(1))])).toEqual([undefined]);
    });

    test("refreshing takes over a later incarnation, never an earlier one", async () => {
      const { store } = await populated();
      const refresh = refreshRoute(1, 1);
      for (const [heard, expected] of [
        [3, 3],
        [2, 3],
      ] as const) {
        await store.commit([[{ ...refresh, route: { ...refresh.route, incarnation: heard } }]]);
        expect(await store.load([routeOf(id(1))])).toMatchObject([{ incarnation: expected }]);
      }
    });

    test("a route ends at its user's word, and only by the present key", async () => {
      const { store } = await populated();
      expect(await store.commit([[endRoute(1, 2)], [endRoute(9)]])).toEqual([CONFLICT, CONFLICT]);
      expect(await store.load([routeOf(id(1))])).toMatchObject([{ tag: tag(1) }]);
      expect(await store.commit([[endRoute(1)], [endRoute(1)]])).toEqual([APPLIED, APPLIED]);
      expect(await store.load([routeOf(id(1)), routeOwner(CLIENT, tag(1)), routeOf(id(2))])).toMatchObject([
        undefined,
        undefined,
        { tag: tag(2) },
      ]);
    });
  });

  describe(`${name}: releasing a name`, () => {
    test("erases the user and everything that hangs on them, and nothing of anybody else", async () => {
      const { store } = await populated();
      await store.commit([
        [changeKey(1, 1), moveRoute(1, 1, 2)],
        [storeMessage(1, "for alice"), storeMessage(1, "again", 3), storeMessage(2, "for bob")],
      ]);
      expect(await store.commit([[releaseUser(1, "alice", 2)]])).toEqual([APPLIED]);
      const keys = [userByName("alice"), userById(id(1)), keyLogOf(id(1), 1), keyLogOf(id(1), 2), routeOf(id(1))];
      expect(await store.load([...keys, routeOwner(CLIENT, tag(1)), mailboxOf(id(1))])).toEqual(
        Array(7).fill(undefined),
      );
      expect(await rightOf(store, 1, 99)).toBeUndefined();
      expect(await store.deliveries(id(1), 0, 9)).toEqual([]);
      expect(await store.counts()).toEqual({ users: 1, deliveries: 1, payloadBytes: 7 });
      expect(await store.load([userByName("bob"), routeOf(id(2)), keyLogOf(id(2), 1)])).toMatchObject([
        { id: 2 },
        { tag: tag(2) },
        {},
      ]);
    });

    test("leaves nobody whom anything could be done for", async () => {
      const { store } = await populated();
      await store.commit([[storeMessage(1, "for alice")], [releaseUser(1, "alice")]]);
      const changes = [moveRoute(1, 5), refreshRoute(1, 1), endRoute(1), changeKey(1, 1), releaseUser(1, "alice")];
      for (const version of [0, 1, 2]) {
        const versions = changes.map((change) => [{ ...change, keyVersion: version }]);
        expect(await store.commit(versions)).toEqual(changes.map(() => CONFLICT));
      }
      expect(await store.commit([[storeMessage(1, "too late")]])).toEqual([CONFLICT]);
    });

    test("needs the present key and the user's own name", async () => {
      const { store } = await populated();
      const attempts = [releaseUser(1, "alice", 2), releaseUser(1, "bob"), releaseUser(9, "carol")];
      expect(await store.commit(attempts.map((change) => [change]))).toEqual([CONFLICT, CONFLICT, CONFLICT]);
      expect(await store.load([userByName("alice"), userByName("bob")])).toMatchObject([{ id: 1 }, { id: 2 }]);
    });

    test("holds the name until it is swept, and then it is anybody's, by another id", async () => {
      const { store } = await populated();
      await store.commit([[releaseUser(1, "alice", 1, hour(9))]]);
      expect(await store.load([heldName("ALICE"), heldName("bob"), heldName("carol")])).toEqual([
        true,
        undefined,
        undefined,
      ]);
      expect(await store.commit([[insertUser("aLIce", 7)]])).toEqual([CONFLICT]);
      await store.sweep(hour(9));
      expect(await store.commit([[insertUser("aLIce", 7)]])).toEqual([CONFLICT]);
      expect(await store.sweep(hour(10))).toMatchObject({ heldNames: 1, contactRequests: 0 });
      expect(await store.load([heldName("alice")])).toEqual([undefined]);
      expect(await store.commit([[insertUser("aLIce", 7)]])).toEqual([{ status: "applied", users: [3], receipts: [] }]);
      expect(await store.load([userByName("alice"), heldName("alice"), mailboxOf(id(3))])).toMatchObject([
        { id: 3, name: "aLIce", keyVersion: 1, recoveryKey: undefined },
        undefined,
        undefined,
      ]);
    });

    test("ends the messages that waited as expired, and those that the user had sent stay", async () => {
      const { store } = await populated();
      await store.commit([
        [rememberOutcome(1), sendMessage(1, 1, { receiptTo: 2 })],
        [rememberOutcome(2), sendMessage(1, 2, { receiptTo: 1 })],
        [rememberOutcome(3), sendMessage(2, 3, { receiptTo: 1 })],
      ]);
      expect(await store.commit([[releaseUser(1, "alice")]])).toEqual([appliedWith(2)]);
      expect(await store.load([1, 2, 3].map((number) => outcomeOf(outcomeId(number))))).toMatchObject([
        { code: 102 },
        { code: 102 },
        { code: 100 },
      ]);
      expect((await store.deliveries(id(2), 0, 9)).map(({ sequence }) => sequence)).toEqual([1, 2]);
      expect(await store.counts()).toMatchObject({ users: 1, deliveries: 2 });
    });

    test("is undone with its decision", async () => {
      const { store } = await populated();
      await store.commit([[storeMessage(1, "for alice")]]);
      expect(await store.commit([[releaseUser(1, "alice"), storeMessage(9, "for nobody")]])).toEqual([CONFLICT]);
      expect(await store.load([userByName("alice"), heldName("alice"), keyLogOf(id(1), 1)])).toMatchObject([
        { id: 1 },
        undefined,
        { key: Buffer.from("key of Alice") },
      ]);
      expect(await store.deliveries(id(1), 0, 9)).toHaveLength(1);
      expect(await store.counts()).toEqual({ users: 2, deliveries: 1, payloadBytes: 9 });
    });
  });
}
