/** What every store must do with groups: who stands how to them, their logs, what members are told, and who goes. */
import { describe, expect, test } from "vitest";
import { groupLogOf, groupMemberOf, groupMembersOf, groupOf, groupsOf } from "../../src/store/groups.js";
import { mailboxOf } from "../../src/store/rows.js";
import type { Store } from "../../src/store/store.js";
import {
  acknowledge,
  at,
  changeKey,
  eraseDeliveries,
  hour,
  id,
  insertUser,
  releaseUser,
  storeMessage,
} from "../support/changes.js";
import { changeGroup, createGroup, group, sendToGroup } from "../support/group-changes.js";
import { APPLIED, appliedWith, CONFLICT, type OpenStore, payloadsOf, populating } from "../support/populated-store.js";

const NAMES = ["Ann", "bob", "cat", "dan", "eve"];

/** The suite. */
export function describeGroups(name: string, open: OpenStore): void {
  /** A store with ann (1) to eve (5). */
  const populated = populating(
    open,
    ...NAMES.map((user, index) => ({ ...insertUser(user, index + 1), algorithm: "ed25519" as const })),
  );
  const load = async (store: Store, key: Parameters<Store["load"]>[0][number]): Promise<unknown> =>
    (await store.load([key]))[0];
  const standings = async (store: Store, number = 1): Promise<readonly string[]> => {
    const page = (await load(store, groupMembersOf(group(number), 0, 99))) as {
      readonly members: readonly { readonly name: string; readonly standing: string; readonly since: number }[];
    };
    return page.members.map(({ name: of, standing, since }) => `${of} ${standing} ${since}`);
  };
  const log = async (store: Store, number = 1): Promise<unknown> => load(store, groupLogOf(group(number), 0, 99));

  describe(`${name}: groups`, () => {
    test("begin with their owner, once, and by a key that is in force", async () => {
      const { store } = await populated();
      expect(
        await store.commit([[createGroup(1, 1)], [createGroup(1, 2)], [createGroup(2, 1, { keyVersion: 2 })]]),
      ).toEqual([APPLIED, CONFLICT, CONFLICT]);
      expect(await load(store, groupOf(group(1)))).toEqual({
        sequence: 1,
        epoch: 1,
        profile: Buffer.from("profile of 1"),
        members: 1,
        invited: 0,
        asking: 0,
      });
      expect(await load(store, groupOf(group(2)))).toBeUndefined();
      expect(await standings(store)).toEqual(["Ann owner 1"]);
      expect(await load(store, groupMemberOf(group(1), id(1)))).toEqual({
        user: 1,
        name: "Ann",
        standing: "owner",
        since: 1,
      });
      expect(await load(store, groupMemberOf(group(1), id(2)))).toBeUndefined();
      expect(await log(store)).toEqual({
        log: [
          {
            sequence: 1,
            entry: {
              actor: "Ann",
              keyVersion: 1,
              key: Buffer.from("key of Ann"),
              subject: undefined,
              bytes: Buffer.from("entry 1 of 1"),
            },
          },
        ],
        more: false,
      });
    });

    test("are changed by what makes the next sequence, and by nothing else", async () => {
      const { store } = await populated();
      await store.commit([[createGroup(1, 1)]]);
      expect(
        await store.commit([
          [changeGroup(1, 1, 1, { 2: "member" })],
          [changeGroup(1, 1, 3, { 2: "member" })],
          [changeGroup(1, 1, 2, { 2: "member" }, { keyVersion: 2 })],
          [changeGroup(2, 1, 2, { 2: "member" })],
          [changeGroup(1, 1, 2, { 2: "member" })],
          [changeGroup(1, 1, 2, { 3: "member" })],
        ]),
      ).toEqual([CONFLICT, CONFLICT, CONFLICT, CONFLICT, APPLIED, CONFLICT]);
      expect(await standings(store)).toEqual(["Ann owner 1", "bob member 2"]);
    });

    test("count who is in them, invited and asking; a place is kept by whoever changes how they stand", async () => {
      const { store } = await populated();
      await store.commit([[createGroup(1, 1)], [createGroup(2, 2)]]);
      await store.commit([
        [changeGroup(1, 1, 2, { 2: "invited" })],
        [changeGroup(1, 1, 3, { 3: "asking" })],
        [changeGroup(1, 1, 4, { 4: "announcer" })],
        [changeGroup(1, 2, 5, { 2: "admin" })],
        [changeGroup(2, 2, 2, { 3: "invited" })],
      ]);
      expect(await load(store, groupOf(group(1)))).toMatchObject({ sequence: 5, members: 3, invited: 0, asking: 1 });
      expect(await standings(store)).toEqual(["Ann owner 1", "bob admin 2", "cat asking 3", "dan announcer 4"]);
      const counts = await store.load([1, 2, 3, 4, 5].map((user) => groupsOf(id(user))));
      expect(counts).toEqual([
        { groups: 1, invitations: 0, unheard: 0 },
        { groups: 2, invitations: 0, unheard: 0 },
        { groups: 1, invitations: 1, unheard: 0 },
        { groups: 1, invitations: 0, unheard: 0 },
        { groups: 0, invitations: 0, unheard: 0 },
      ]);
      await store.commit([[changeGroup(1, 1, 6, { 2: "none", 1: "admin", 4: "owner" })]]);
      expect(await standings(store)).toEqual(["Ann admin 1", "cat asking 3", "dan owner 4"]);
      const page = await load(store, groupMembersOf(group(1), 1, 1));
      expect(page).toEqual({ members: [{ user: 3, name: "cat", standing: "asking", since: 3 }], more: true });
    });

    test("are no more for one user than the change allows", async () => {
      const { store } = await populated();
      await store.commit([[createGroup(1, 1)], [createGroup(2, 1)]]);
      expect(
        await store.commit([
          [createGroup(3, 1, { most: 2 })],
          [changeGroup(1, 1, 2, { 2: "invited" }, { most: 1 })],
          [changeGroup(2, 1, 2, { 2: "invited" }, { most: 1 })],
          [changeGroup(2, 1, 2, { 2: "member" }, { most: 1 })],
        ]),
      ).toEqual([CONFLICT, APPLIED, CONFLICT, APPLIED]);
      expect(await load(store, groupOf(group(3)))).toBeUndefined();
      expect(await load(store, groupsOf(id(2)))).toEqual({ groups: 1, invitations: 1, unheard: 0 });
    });

    test("count invitations that are not heard with all others, and those that are without them", async () => {
      const { store } = await populated();
      await store.commit([1, 2, 3, 4].map((number) => [createGroup(number, 1)]));
      const invited = (number: number, more = {}) => [
        changeGroup(number, 1, 2, { 2: "invited" }, { most: 1, ...more }),
      ];
      expect(
        await store.commit([
          invited(1, { unheard: true }),
          invited(2, { unheard: true }),
          invited(3),
          invited(4),
          invited(4, { unheard: true }),
        ]),
      ).toEqual([APPLIED, CONFLICT, APPLIED, CONFLICT, CONFLICT]);
      expect(await load(store, groupsOf(id(2)))).toEqual({ groups: 0, invitations: 1, unheard: 1 });
      await store.commit([[changeGroup(1, 2, 3, { 2: "member" })], [changeGroup(3, 1, 3, { 2: "none" })]]);
      expect(await load(store, groupsOf(id(2)))).toEqual({ groups: 1, invitations: 0, unheard: 0 });
    });

    test("change how somebody stands who is in more of them than would be allowed now", async () => {
      const { store } = await populated();
      await store.commit([[createGroup(1, 1)], [createGroup(2, 1)]]);
      await store.commit([[changeGroup(1, 1, 2, { 2: "member" })], [changeGroup(2, 1, 2, { 2: "member" })]]);
      const transferred = await store.commit([[changeGroup(1, 1, 3, { 2: "owner", 1: "admin" }, { most: 1 })]]);
      expect(transferred).toMatchObject([{ status: "applied" }]);
      expect(await standings(store)).toEqual(["Ann admin 1", "bob owner 2"]);
    });

    test("keep the latest of their log, with the key of its time, and a profile that is replaced", async () => {
      const { store } = await populated();
      await store.commit([
        [createGroup(1, 1)],
        [changeGroup(1, 1, 2, { 2: "member" }, { subject: id(2) })],
        [changeKey(1, 1)],
        [changeGroup(1, 1, 3, {}, { keyVersion: 2, profile: Buffer.from("another"), keep: 2 })],
      ]);
      const entry = (sequence: number, keyVersion: number, key: string, subject?: string) => ({
        sequence,
        entry: {
          actor: "Ann",
          keyVersion,
          key: Buffer.from(key),
          subject,
          bytes: Buffer.from(`entry ${sequence} of 1`),
        },
      });
      expect(await log(store)).toEqual({
        log: [entry(2, 1, "key of Ann", "bob"), entry(3, 2, "key 2 of 1")],
        more: false,
      });
      expect(await load(store, groupLogOf(group(1), 2, 99))).toEqual({ log: [entry(3, 2, "key 2 of 1")], more: false });
      expect(await load(store, groupLogOf(group(1), 0, 1))).toMatchObject({ log: [{ sequence: 2 }], more: true });
      expect(await load(store, groupOf(group(1)))).toMatchObject({ profile: Buffer.from("another") });
    });

    test("tell everybody in them but who changes them, or those alone who manage them, and one more", async () => {
      const { store } = await populated();
      await store.commit([
        [createGroup(1, 1)],
        [changeGroup(1, 1, 2, { 2: "admin" })],
        [changeGroup(1, 1, 3, { 3: "member" })],
        [changeGroup(1, 1, 4, { 4: "invited" })],
      ]);
      const { event } = changeGroup(1, 2, 5);
      expect(
        await store.commit([[changeGroup(1, 2, 5, {}, { event: { ...event, to: "managers", also: id(5) } })]]),
      ).toEqual([appliedWith(1, 5)]);
      expect(await store.commit([[changeGroup(1, 3, 6)]])).toEqual([appliedWith(1, 2)]);
      expect(await payloadsOf(store, 2)).toEqual(["event 3 of 1", "event 4 of 1", "event 6 of 1"]);
      expect(await payloadsOf(store, 4)).toEqual([]);
      expect(await payloadsOf(store, 5)).toEqual(["event 5 of 1"]);
    });

    test("store once what many are told, until the last of them has it", async () => {
      const { store, clock } = await populated();
      await store.commit([
        [createGroup(1, 1)],
        [changeGroup(1, 1, 2, { 2: "member" })],
        [changeGroup(1, 1, 3, { 3: "member" })],
      ]);
      await store.commit([[eraseDeliveries(2, 1)]]);
      expect(await store.counts()).toMatchObject({ deliveries: 0, payloadBytes: 0 });
      await store.commit([[changeGroup(1, 1, 4)], [changeGroup(1, 1, 5)]]);
      const bytes = "event 4 of 1".length;
      expect(await store.counts()).toMatchObject({ deliveries: 4, payloadBytes: 2 * bytes });
      await store.commit([[acknowledge(2, [[2, 2]])]]);
      expect(await store.counts()).toMatchObject({ deliveries: 3, payloadBytes: 2 * bytes });
      await store.commit([[acknowledge(3, [[1, 1]])]]);
      expect(await store.counts()).toMatchObject({ deliveries: 2, payloadBytes: bytes });
      clock.now = at(30);
      await store.sweep(hour(30));
      expect(await store.counts()).toMatchObject({ deliveries: 0, payloadBytes: 0 });
      expect(await load(store, groupOf(group(1)))).toMatchObject({ profile: Buffer.from("profile of 1") });
    });

    test("leave out a mailbox that is full, and say so there", async () => {
      const { store } = await populated({ messages: 32, bytes: 10_000 });
      await store.commit([
        [createGroup(1, 1)],
        [changeGroup(1, 1, 2, { 2: "member" })],
        [changeGroup(1, 1, 3, { 3: "member" })],
        [storeMessage(3, "one", 1), storeMessage(3, "two", 1)],
      ]);
      await store.commit([[eraseDeliveries(2, 1)]]);
      expect(await store.commit([[changeGroup(1, 1, 4)]])).toEqual([appliedWith(2)]);
      expect(await payloadsOf(store, 3)).toEqual(["one", "two"]);
      expect(await load(store, mailboxOf(id(3)))).toMatchObject({ messages: 2, fullSince: hour(0) });
      expect(await load(store, mailboxOf(id(2)))).toMatchObject({ messages: 1, fullSince: undefined });
    });

    test("take a message for all with a role but its sender, once, if they are as they were", async () => {
      const { store } = await populated();
      await store.commit([
        [createGroup(1, 1)],
        [changeGroup(1, 1, 2, { 2: "member" })],
        [changeGroup(1, 1, 3, { 3: "announcer" })],
        [changeGroup(1, 1, 4, { 4: "invited" })],
        [changeGroup(1, 1, 5, { 5: "asking" })],
      ]);
      for (const user of [2, 3]) await store.commit([[acknowledge(user, [[1, 99]])]]);
      expect(
        await store.commit([
          [sendToGroup(1, 2, 4, "of an earlier time")],
          [sendToGroup(1, 2, 5, "of another key", { keyVersion: 2 })],
          [sendToGroup(2, 2, 5, "to nobody")],
          [sendToGroup(1, 2, 5, "to two")],
        ]),
      ).toEqual([CONFLICT, CONFLICT, CONFLICT, appliedWith(1, 3)]);
      expect(await Promise.all([1, 2, 3, 4, 5].map((user) => payloadsOf(store, user)))).toEqual([
        ...[["to two"], [], ["to two"]],
        ...[[], []],
      ]);
      expect(await store.counts()).toMatchObject({ deliveries: 2, payloadBytes: 6 });
    });

    test("store a message to 1,000 once, and deliver it to each, by one change", async () => {
      const { store } = await populated();
      const others = Array.from({ length: 999 }, (_, index) => index + 6);
      await store.commit(
        others.map((user) => [{ ...insertUser(`user-${user}`, user), algorithm: "ed25519" as const }]),
      );
      await store.commit([[createGroup(1, 1)]]);
      // Each comes in by a change of their own, of which only managers are told, but its actor.
      const coming = others.map((user, index) => {
        const change = changeGroup(1, 1, index + 2, { [user]: "member" });
        return [{ ...change, event: { ...change.event, to: "managers" as const } }];
      });
      expect(new Set((await store.commit(coming)).map(({ status }) => status))).toEqual(new Set(["applied"]));
      const before = await store.counts();
      expect(await store.commit([[sendToGroup(1, 1, 1_000, "x".repeat(1_024))]])).toEqual([appliedWith(...others)]);
      const after = await store.counts();
      expect(after.deliveries - before.deliveries).toBe(999);
      expect(after.payloadBytes - before.payloadBytes).toBe(1_024);
    });

    test("end an epoch once", async () => {
      const { store } = await populated();
      await store.commit([[createGroup(1, 1)], [changeGroup(1, 1, 2, { 2: "member" })]]);
      expect(
        await store.commit([
          [sendToGroup(1, 1, 2, "too early", { epoch: 2 })],
          [sendToGroup(1, 1, 2, "first", { epoch: 1 })],
          [sendToGroup(1, 2, 2, "late", { epoch: 1 })],
          [sendToGroup(1, 2, 2, "second", { epoch: 2 })],
          [sendToGroup(1, 2, 2, "of no epoch")],
        ]),
      ).toEqual([CONFLICT, appliedWith(2), CONFLICT, appliedWith(1), appliedWith(1)]);
      expect(await load(store, groupOf(group(1)))).toMatchObject({ epoch: 3, sequence: 2 });
    });

    test("end when they are dissolved, for everybody who had to do with them", async () => {
      const { store } = await populated();
      await store.commit([
        [createGroup(1, 1)],
        [changeGroup(1, 1, 2, { 2: "member" })],
        [changeGroup(1, 1, 3, { 3: "invited" })],
      ]);
      expect(await store.commit([[changeGroup(1, 1, 4, {}, { dissolve: true })]])).toEqual([appliedWith(2)]);
      expect(await load(store, groupOf(group(1)))).toBeUndefined();
      expect(await standings(store)).toEqual([]);
      expect(await log(store)).toEqual({ log: [], more: false });
      expect(await store.load([1, 2, 3].map((user) => groupsOf(id(user))))).toEqual(
        [1, 2, 3].map(() => ({ groups: 0, invitations: 0, unheard: 0 })),
      );
      expect(await store.commit([[createGroup(1, 2)]])).toEqual([APPLIED]);
    });
  });

  describe(`${name}: a user who goes`, () => {
    test("is in no group any more, and in no log, as actor or otherwise", async () => {
      const { store } = await populated();
      await store.commit([
        [createGroup(1, 1)],
        [changeGroup(1, 1, 2, { 2: "member" }, { subject: id(2) })],
        [changeGroup(1, 2, 3, {}, { subject: id(3) })],
        [changeGroup(1, 1, 4, { 3: "invited" }, { subject: id(3) })],
        [createGroup(2, 3)],
        [changeGroup(2, 3, 2, { 2: "asking" })],
        [releaseUser(2, "bob")],
      ]);
      expect(await standings(store, 1)).toEqual(["Ann owner 1", "cat invited 4"]);
      expect(await standings(store, 2)).toEqual(["cat owner 1"]);
      const page = (await log(store)) as { readonly log: readonly { sequence: number; entry: unknown }[] };
      expect(page.log.map(({ sequence, entry }) => (entry === undefined ? 0 : sequence))).toEqual([1, 0, 0, 4, 0]);
      expect(await store.load([groupOf(group(1)), groupOf(group(2))])).toMatchObject([
        { sequence: 5, members: 1, invited: 1 },
        { sequence: 3, members: 1, asking: 0 },
      ]);
    });

    test("leaves a group to its oldest admin, else to its oldest member, else to nobody", async () => {
      const { store } = await populated();
      await store.commit([
        [createGroup(1, 1)],
        [changeGroup(1, 1, 2, { 5: "invited" })],
        [changeGroup(1, 1, 3, { 4: "member" })],
        [changeGroup(1, 1, 4, { 3: "announcer" })],
        [changeGroup(1, 1, 5, { 2: "admin" })],
      ]);
      await store.commit([[acknowledge(2, [[1, 99]]), acknowledge(4, [[1, 99]])]]);
      expect(await store.commit([[releaseUser(1, "ann")]])).toEqual([appliedWith(2)]);
      expect(await standings(store)).toEqual(["eve invited 2", "dan member 3", "cat announcer 4", "bob owner 5"]);
      expect((await store.deliveries(id(2), 0, 9)).map(({ payload }) => payload.at(-1))).toEqual([6]);
      expect(await store.commit([[releaseUser(2, "bob")]])).toEqual([appliedWith(4)]);
      expect(await standings(store)).toEqual(["eve invited 2", "dan owner 3", "cat announcer 4"]);
      await store.commit([[releaseUser(4, "dan")], [releaseUser(3, "cat")]]);
      expect(await load(store, groupOf(group(1)))).toBeUndefined();
      expect(await load(store, groupsOf(id(5)))).toEqual({ groups: 0, invitations: 0, unheard: 0 });
    });
  });
}
