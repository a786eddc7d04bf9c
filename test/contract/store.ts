/** What every store must do. Each implementation runs this suite. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Outcome } from "../../src/store/changes.js";
import type { RouteOwner } from "../../src/store/rows.js";
import type { UserId } from "../../src/store/identifiers.js";
import { keyLogOf, replayOf, routeOf, routeOwner, userById, userByName } from "../../src/store/rows.js";
import type { Store } from "../../src/store/store.js";
import {
  at,
  CLIENT,
  digest,
  eraseDeliveries,
  hour,
  id,
  importUser,
  insertUser,
  moveRoute,
  refreshRoute,
  releaseUser,
  rememberReplay,
  sequences,
  storeMessage,
  swept,
  tag,
} from "../support/changes.js";
import { APPLIED, CONFLICT, type OpenStore, payloadsOf, populating, REFUSED } from "../support/populated-store.js";

/** The suite. */
export function describeStore(name: string, open: OpenStore): void {
  /** A store with the users alice (1) and bob (2), with tags 1 and 2, and a clock to set. */
  const populated = populating(open, insertUser("Alice", 1), insertUser("bob", 2));
  const ownerOf = async (store: Store, seed: number): Promise<UserId | undefined> => {
    const [owner] = (await store.load([routeOwner(CLIENT, tag(seed))])) as [RouteOwner | undefined];
    return owner?.user;
  };

  describe(`${name}: users`, () => {
    test("a user is found by any case of the name and by id, as it was registered", async () => {
      const { store } = await populated();
      const alice = { id: 1, name: "Alice", algorithm: "p256", key: Buffer.from("key of Alice"), keyVersion: 1 };
      expect(await store.load([userByName("aLICE"), userById(id(1)), userByName("carol"), userById(id(3))])).toEqual([
        alice,
        alice,
        undefined,
        undefined,
      ]);
    });

    test("a name is taken in every case, within a batch and after it", async () => {
      const { store } = await populated();
      expect(await store.commit([[insertUser("ALICE", 3)]])).toEqual([CONFLICT]);
      const outcomes = await store.commit([[insertUser("carol", 3)], [insertUser("Carol", 4)]]);
      expect(outcomes).toEqual([{ status: "applied", users: [3], receipts: [] }, CONFLICT]);
      expect(await store.load([userByName("CAROL"), routeOwner(CLIENT, tag(4))])).toMatchObject([
        { id: 3, name: "carol" },
        undefined,
      ]);
    });
  });

  describe(`${name}: users of another directory`, () => {
    test("come with their key, and without a route, once", async () => {
      const { store } = await populated();
      const outcomes = await store.commit([[importUser("Carol")], [importUser("carol")], [importUser("alice")]]);
      expect(outcomes).toEqual([{ status: "applied", users: [3], receipts: [] }, CONFLICT, CONFLICT]);
      expect(await store.load([userByName("carol"), routeOf(id(3)), keyLogOf(id(3), 1)])).toEqual([
        { id: 3, name: "Carol", algorithm: "p256", key: Buffer.from("key of Carol"), keyVersion: 1 },
        undefined,
        { key: Buffer.from("key of Carol"), recoveryKey: undefined },
      ]);
      expect(await store.counts()).toMatchObject({ users: 3 });
    });

    test("can be written to, log in, and go", async () => {
      const { store, clock } = await populated();
      await store.commit([[importUser("carol")]]);
      expect(await store.commit([[storeMessage(3, "for later")], [moveRoute(3, 3)]])).toEqual([APPLIED, APPLIED]);
      expect([await payloadsOf(store, 3), await ownerOf(store, 3)]).toEqual([["for later"], 3]);
      clock.now = at(1);
      expect(await store.commit([[releaseUser(3, "carol")], [importUser("CAROL")]])).toEqual([APPLIED, CONFLICT]);
    });
  });

  describe(`${name}: routes`, () => {
    test("a tag leads to the user who proved it last", async () => {
      const { store } = await populated();
      expect(await ownerOf(store, 1)).toBe(1);
      expect(await store.commit([[moveRoute(2, 1)]])).toEqual([APPLIED]);
      expect(await ownerOf(store, 1)).toBe(2);
      expect(await ownerOf(store, 2)).toBeUndefined();
      await store.commit([[insertUser("carol", 1)]]);
      expect(await ownerOf(store, 1)).toBe(3);
    });

    test("the same tag at another Nym client is another route", async () => {
      const { store } = await populated();
      expect(await store.load([routeOwner("another", tag(1))])).toEqual([undefined]);
    });

    test("a route does not move on a proof by an older key, or for nobody", async () => {
      const { store } = await populated();
      expect(await store.commit([[moveRoute(1, 9, 2)], [moveRoute(7, 9)]])).toEqual([CONFLICT, CONFLICT]);
      expect(await ownerOf(store, 1)).toBe(1);
      expect(await ownerOf(store, 9)).toBeUndefined();
    });

    test("a route is there until its hour has begun", async () => {
      const { store, clock } = await populated();
      clock.now = at(24);
      expect(await ownerOf(store, 1)).toBe(1);
      clock.now = at(24) + 1;
      expect(await ownerOf(store, 1)).toBeUndefined();
    });

    test("refreshing puts off the expiry of that very route and of no other", async () => {
      const { store, clock } = await populated();
      expect(await store.commit([[refreshRoute(1, 1)], [refreshRoute(2, 1)], [refreshRoute(2, 3)]])).toEqual([
        APPLIED,
        APPLIED,
        APPLIED,
      ]);
      clock.now = at(30);
      expect(await ownerOf(store, 1)).toBe(1);
      expect(await ownerOf(store, 2)).toBeUndefined();
      expect(await ownerOf(store, 3)).toBeUndefined();
    });

    test("refreshing never shortens a route, nor brings one back that has expired", async () => {
      const { store, clock } = await populated();
      await store.commit([[refreshRoute(1, 1, 1, hour(3))]]);
      clock.now = at(20);
      expect(await ownerOf(store, 1)).toBe(1);
      clock.now = at(25);
      expect(await store.commit([[refreshRoute(1, 1)]])).toEqual([APPLIED]);
      expect(await ownerOf(store, 1)).toBeUndefined();
    });

    test("refreshing conflicts when the key is of another version", async () => {
      const { store } = await populated();
      expect(await store.commit([[refreshRoute(1, 1, 2)], [refreshRoute(7, 1)]])).toEqual([CONFLICT, CONFLICT]);
    });
  });

  describe(`${name}: replays`, () => {
    test("a digest is remembered once", async () => {
      const { store } = await populated();
      expect(await store.commit([[rememberReplay(1)], [rememberReplay(1)]])).toEqual([APPLIED, CONFLICT]);
      expect(await store.commit([[rememberReplay(1)]])).toEqual([CONFLICT]);
      expect(await store.load([replayOf(digest(1)), replayOf(digest(2))])).toEqual([true, undefined]);
    });
  });

  describe(`${name}: messages`, () => {
    test("wait in the order in which they were stored, each recipient's apart", async () => {
      const { store } = await populated();
      await store.commit([[storeMessage(1, "one")], [storeMessage(2, "other")], [storeMessage(1, "two")]]);
      await store.commit([[storeMessage(1, "three"), storeMessage(1, "four")]]);
      const waiting = await store.deliveries(id(1), 0, 100);
      expect(waiting.map(({ recipient, sequence }) => [recipient, sequence])).toEqual([1, 2, 3, 4].map((s) => [1, s]));
      expect(await payloadsOf(store, 1)).toEqual(["one", "two", "three", "four"]);
      expect(await payloadsOf(store, 2)).toEqual(["other"]);
      const [two, three] = sequences(2, 3);
      expect((await store.deliveries(id(1), 0, 2)).at(-1)?.sequence).toBe(two);
      expect((await store.deliveries(id(1), two ?? 0, 1)).at(0)?.sequence).toBe(three);
      expect(await store.deliveries(id(9), 0, 100)).toEqual([]);
    });

    test.each([0, 1, 255, 256, 257, 1_000, 4_096, 100_000])("come back byte for byte (%i bytes)", async (bytes) => {
      const { store } = await populated();
      const payload = Buffer.alloc(bytes, "any bytes: \0\xff");
      await store.commit([[storeMessage(1, payload)]]);
      const [delivery] = await store.deliveries(id(1), 0, 1);
      expect(Buffer.from(delivery?.payload ?? []).equals(payload)).toBe(true);
    });

    test("for nobody are a conflict", async () => {
      const { store } = await populated();
      expect(await store.commit([[storeMessage(3, "x")]])).toEqual([CONFLICT]);
    });

    test("go when they are erased, and their sequence is never given again", async () => {
      const { store } = await populated();
      await store.commit([[storeMessage(1, "one")], [storeMessage(1, "two")], [storeMessage(2, "other")]]);
      expect(await store.commit([[eraseDeliveries(1, 1, 2, 77)], [eraseDeliveries(1, 2)]])).toEqual([APPLIED, APPLIED]);
      expect(await store.deliveries(id(1), 0, 100)).toEqual([]);
      expect(await payloadsOf(store, 2)).toEqual(["other"]);
      await store.commit([[storeMessage(1, "three")]]);
      expect((await store.deliveries(id(1), 0, 100)).map(({ sequence }) => sequence)).toEqual([3]);
    });

    test("can be erased in no hurry", async () => {
      const { store } = await populated();
      await store.commit([[storeMessage(1, "one")], [storeMessage(1, "two")]]);
      expect(await store.commitLazily([[eraseDeliveries(1, 1)]])).toEqual([APPLIED]);
      expect(await payloadsOf(store, 1)).toEqual(["two"]);
    });

    test("are not seen after their hour has begun", async () => {
      const { store, clock } = await populated();
      await store.commit([[storeMessage(1, "short", 0, hour(2))], [storeMessage(1, "long")]]);
      clock.now = at(2);
      expect(await payloadsOf(store, 1)).toEqual(["short", "long"]);
      clock.now = at(2) + 1;
      expect(await payloadsOf(store, 1)).toEqual(["long"]);
    });
  });

  describe(`${name}: quota`, () => {
    const quota = { messages: 64, bytes: 6_400 };
    const many = (count: number, originOf: (index: number) => number) =>
      Array.from({ length: count }, (_, index) => [storeMessage(1, "x", originOf(index))]);
    const applied = (outcomes: readonly Outcome[]): number =>
      outcomes.filter(({ status }) => status === "applied").length;

    test("one origin gets a sixteenth of the messages, and others do not suffer", async () => {
      const { store } = await populated(quota);
      const outcomes = await store.commit(many(6, () => 1));
      expect(outcomes.map(({ status }) => status)).toEqual([...Array<string>(4).fill("applied"), "refused", "refused"]);
      expect(await store.commit([[storeMessage(1, "x", 2)]])).toEqual([APPLIED]);
      expect(await store.commit([[storeMessage(2, "x", 1)]])).toEqual([APPLIED]);
    });

    test("strangers together get half of the messages", async () => {
      const { store } = await populated(quota);
      expect(applied(await store.commit(many(64, (index) => index)))).toBe(32);
      expect(await store.commit([[storeMessage(1, "x", 99)]])).toEqual([REFUSED]);
    });

    test("bytes are shared in the same way", async () => {
      const { store } = await populated(quota);
      expect(await store.commit([[storeMessage(1, Buffer.alloc(401), 1)]])).toEqual([REFUSED]);
      const outcomes = await store.commit(
        Array.from({ length: 9 }, (_, index) => [storeMessage(1, Buffer.alloc(400), index)]),
      );
      expect(outcomes.map(({ status }) => status)).toEqual([...Array<string>(8).fill("applied"), "refused"]);
      expect(await store.commit([[storeMessage(1, "", 100)]])).toEqual([APPLIED]);
    });

    test("what is erased, and what expires, makes room", async () => {
      const { store } = await populated(quota);
      await store.commit(many(4, () => 1));
      await store.commit([[eraseDeliveries(1, 2)]]);
      expect(await store.commit(many(2, () => 1))).toEqual([APPLIED, REFUSED]);
      await store.sweep(hour(25));
      expect(applied(await store.commit(many(64, (index) => index)))).toBe(32);
    });

    test("without one, nothing is refused", async () => {
      const { store } = await populated();
      expect(applied(await store.commit(many(200, () => 1)))).toBe(200);
    });
  });

  describe(`${name}: decisions`, () => {
    test("apply wholly or not at all, whatever becomes of their neighbours", async () => {
      const { store } = await populated({ messages: 16, bytes: 1_000 });
      const outcomes = await store.commit([
        [rememberReplay(1), refreshRoute(1, 1), storeMessage(2, "for bob", 1)],
        [rememberReplay(2), storeMessage(7, "for nobody")],
        [rememberReplay(3), storeMessage(2, "for bob, again", 1)],
        [insertUser("carol", 3), insertUser("bob", 4)],
        [rememberReplay(4), moveRoute(2, 1), rememberReplay(1)],
        [rememberReplay(5), storeMessage(1, "for alice", 1)],
      ]);
      expect(outcomes).toEqual([APPLIED, CONFLICT, REFUSED, CONFLICT, CONFLICT, APPLIED]);
      const digests = [1, 2, 3, 4, 5].map((seed) => replayOf(digest(seed)));
      expect(await store.load(digests)).toEqual([true, undefined, undefined, undefined, true]);
      expect(await store.load([userByName("carol"), routeOwner(CLIENT, tag(1))])).toEqual([
        undefined,
        { user: 1, algorithm: "p256" },
      ]);
      expect(await payloadsOf(store, 2)).toEqual(["for bob"]);
      expect(await store.counts()).toEqual({ users: 2, deliveries: 2, payloadBytes: 16 });
    });

    test("a refused message leaves no gap in the sequence", async () => {
      const { store } = await populated({ messages: 16, bytes: 1_000 });
      await store.commit([[storeMessage(1, "a", 1)], [storeMessage(1, "b", 1)], [storeMessage(1, "c", 2)]]);
      expect((await store.deliveries(id(1), 0, 9)).map(({ sequence }) => sequence)).toEqual([1, 2]);
    });

    test("without changes are applied", async () => {
      const { store } = await populated();
      expect(await store.commit([])).toEqual([]);
      expect(await store.commit([[], [rememberReplay(1)], []])).toEqual([APPLIED, APPLIED, APPLIED]);
      expect(await store.commit([[]])).toEqual([APPLIED]);
    });

    test("of callers at the same time each get their own outcome, and see what came before them", async () => {
      const { store } = await populated();
      const outcomes = await Promise.all(
        Array.from({ length: 300 }, (_, index) => store.commit([[insertUser(`user-${index % 150}`, 10 + index)]])),
      );
      const expected = Array.from({ length: 300 }, (_, index) =>
        index < 150 ? [{ status: "applied", users: [index + 3], receipts: [] }] : [CONFLICT],
      );
      expect(outcomes).toEqual(expected);
    });

    test("what a commit reported is what a load finds at once", async () => {
      const { store } = await populated();
      for (let round = 0; round < 20; round++) {
        await store.commit([[rememberReplay(round)]]);
        expect(await store.load([replayOf(digest(round))])).toEqual([true]);
      }
    });
  });

  describe(`${name}: housekeeping`, () => {
    test("a sweep erases what has expired, and nothing else", async () => {
      const { store } = await populated();
      await store.commit([
        [storeMessage(1, "old", 0, hour(1)), storeMessage(1, "new", 0, hour(9))],
        [rememberReplay(1, hour(1)), rememberReplay(2, hour(9))],
        [moveRoute(1, 1, 1, hour(1))],
      ]);
      expect(await store.sweep(hour(1))).toEqual(swept());
      expect(await store.sweep(hour(2))).toEqual(swept({ deliveries: 1, replays: 1, routes: 1 }));
      expect(await store.sweep(hour(2))).toEqual(swept());
      expect(await payloadsOf(store, 1)).toEqual(["new"]);
      expect(await store.load([replayOf(digest(1)), replayOf(digest(2)), userByName("alice")])).toMatchObject([
        undefined,
        true,
        { id: 1 },
      ]);
      expect([await ownerOf(store, 1), await ownerOf(store, 2)]).toEqual([undefined, 2]);
      expect(await store.commit([[rememberReplay(1)]])).toEqual([APPLIED]);
    });

    test("counts follow what is stored and erased", async () => {
      const { store } = await populated();
      await store.commit([[storeMessage(1, "12345")], [storeMessage(2, "123", 0, hour(1))]]);
      expect(await store.counts()).toEqual({ users: 2, deliveries: 2, payloadBytes: 8 });
      await store.sweep(hour(2));
      expect(await store.counts()).toEqual({ users: 2, deliveries: 1, payloadBytes: 5 });
      await store.commit([[eraseDeliveries(1, 1)]]);
      expect(await store.counts()).toEqual({ users: 2, deliveries: 0, payloadBytes: 0 });
    });

    test("the log can be truncated while nobody reads it", async () => {
      const { store } = await populated();
      expect(await store.truncateLog()).toBe(true);
      expect(await store.load([userByName("alice")])).toMatchObject([{ id: 1 }]);
    });

    test("a backup is written to a new file, and overwrites none", async () => {
      const { store } = await populated();
      const folder = await mkdtemp(join(tmpdir(), "nym-directory-backup-"));
      onTestFinished(() => rm(folder, { recursive: true }));
      const file = join(folder, "copy");
      await store.backup(file);
      expect((await readFile(file)).length).toBeGreaterThan(0);
      await writeFile(join(folder, "precious"), "precious");
      await expect(store.backup(join(folder, "precious"))).rejects.toThrow(/exists/);
      expect(await readFile(join(folder, "precious"), "utf8")).toBe("precious");
    });
  });
}
