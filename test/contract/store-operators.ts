/** What every store must do with what operators decide. */
import { describe, expect, test } from "vitest";
import {
  copyCount,
  groupCount,
  nameCounts,
  nameHold,
  registrationsStopped,
  userDates,
} from "../../src/store/operators.js";
import { heldName, userByName } from "../../src/store/rows.js";
import {
  at,
  changeKey,
  freeName,
  hour,
  id,
  importUser,
  insertUser,
  keepCopy,
  moveRoute,
  releaseUser,
  reserveName,
  setRegistrations,
} from "../support/changes.js";
import { createGroup } from "../support/group-changes.js";
import { APPLIED, CONFLICT, type OpenStore, populating } from "../support/populated-store.js";

/** The suite. */
export function describeOperators(name: string, open: OpenStore): void {
  /** A store with alice (1) and bob (2), and a clock to set. */
  const populated = populating(open, insertUser("Alice", 1), insertUser("bob", 2));

  describe(`${name}: reserved names`, () => {
    test("are nobody's to register in any case, for good, until they are freed", async () => {
      const { store, clock } = await populated();
      expect(await store.commit([[reserveName("Carol")], [reserveName("carol")]])).toEqual([APPLIED, APPLIED]);
      expect(await store.load([nameHold("CAROL"), heldName("carol"), userByName("carol"), nameCounts()])).toEqual([
        { until: undefined },
        true,
        undefined,
        { held: 0, reserved: 1 },
      ]);
      expect(await store.counts()).toMatchObject({ users: 2 });
      clock.now = at(100_000);
      expect(await store.sweep(hour(100_000))).toMatchObject({ heldNames: 0 });
      expect(await store.commit([[insertUser("CAROL", 3)], [importUser("carol")]])).toEqual([CONFLICT, CONFLICT]);
      expect(await store.commit([[freeName("caROL")], [freeName("carol")], [insertUser("CAROL", 3)]])).toMatchObject([
        APPLIED,
        CONFLICT,
        { status: "applied" },
      ]);
      expect(await store.load([nameHold("carol"), nameCounts()])).toEqual([undefined, { held: 0, reserved: 0 }]);
    });

    test("are no user's", async () => {
      const { store } = await populated();
      expect(await store.commit([[reserveName("alice")], [freeName("alice")], [freeName("nobody")]])).toEqual([
        CONFLICT,
        CONFLICT,
        CONFLICT,
      ]);
      expect(await store.load([userByName("alice"), nameHold("alice")])).toMatchObject([{ name: "Alice" }, undefined]);
    });

    test("may be held ones, whose hold has no end then; a hold that is ended leaves a free name", async () => {
      const { store } = await populated();
      await store.commit([[releaseUser(1, "alice", 1, hour(9))], [releaseUser(2, "bob", 1, hour(9))]]);
      expect(await store.load([nameHold("alice"), nameCounts()])).toEqual([
        { until: hour(9) },
        { held: 2, reserved: 0 },
      ]);
      expect(await store.commit([[reserveName("alice")], [freeName("bob")]])).toEqual([APPLIED, APPLIED]);
      expect(await store.sweep(hour(10))).toMatchObject({ heldNames: 0 });
      expect(await store.load([nameHold("alice"), nameHold("bob"), nameCounts()])).toEqual([
        { until: undefined },
        undefined,
        { held: 0, reserved: 1 },
      ]);
    });

    test("do not end what goes before them in their decision when they cannot be", async () => {
      const { store } = await populated();
      expect(await store.commit([[reserveName("carol"), reserveName("alice")]])).toEqual([CONFLICT]);
      expect(await store.load([nameHold("carol")])).toEqual([undefined]);
    });
  });

  describe(`${name}: registrations`, () => {
    test("are refused while they are stopped, and nothing else is", async () => {
      const { store } = await populated();
      expect(await store.load([registrationsStopped()])).toEqual([undefined]);
      expect(await store.commit([[setRegistrations(true)], [insertUser("carol", 3)], [moveRoute(1, 4)]])).toEqual([
        APPLIED,
        CONFLICT,
        APPLIED,
      ]);
      expect(await store.load([registrationsStopped()])).toEqual([true]);
      expect(await store.commit([[importUser("dan")]])).toMatchObject([{ status: "applied" }]);
      expect(await store.commit([[setRegistrations(false)], [insertUser("carol", 3)]])).toMatchObject([
        APPLIED,
        { status: "applied" },
      ]);
      expect(await store.load([registrationsStopped()])).toEqual([undefined]);
    });
  });

  describe(`${name}: groups`, () => {
    test("are counted, those that are dissolved no more", async () => {
      const { store } = await populated();
      expect(await store.load([groupCount()])).toEqual([0]);
      await store.commit([[createGroup(1, 1)], [createGroup(2, 2)]]);
      expect(await store.load([groupCount()])).toEqual([2]);
      await store.commit([[releaseUser(2, "bob", 1)]]);
      expect(await store.load([groupCount()])).toEqual([1]);
    });
  });

  describe(`${name}: copies`, () => {
    test("are counted, of each user their own", async () => {
      const { store } = await populated();
      await store.commit([[keepCopy(1, 1)], [keepCopy(1, 2)], [keepCopy(2, 3)]]);
      expect(await store.load([1, 2, 3].map((user) => copyCount(id(user))))).toEqual([2, 1, undefined]);
      await store.commit([[releaseUser(1, "alice", 1)]]);
      expect(await store.load([copyCount(id(1))])).toEqual([undefined]);
    });
  });

  describe(`${name}: dates`, () => {
    test("are those of the registration, the last change of key, and the route", async () => {
      const { store, clock } = await populated();
      await store.commit([[changeKey(2, 1, { at: hour(5) })], [importUser("carol")]]);
      expect(await store.load([1, 2, 3, 4].map((user) => userDates(id(user))))).toEqual([
        { registered: hour(0), keyChanged: hour(0), routeExpires: hour(24) },
        { registered: hour(0), keyChanged: hour(5), routeExpires: undefined },
        { registered: hour(0), keyChanged: hour(0), routeExpires: undefined },
        undefined,
      ]);
      clock.now = at(24) + 1;
      await store.commit([[releaseUser(2, "bob", 2)]]);
      expect(await store.load([userDates(id(1)), userDates(id(2))])).toEqual([
        { registered: hour(0), keyChanged: hour(0), routeExpires: undefined },
        undefined,
      ]);
    });
  });
}
