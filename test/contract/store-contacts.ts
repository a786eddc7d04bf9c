/** What every store must do with contacts, policies and notices. */
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/store/changes.js";
import { consentOf, contactOf, contactsOf, contactSumsOf, policyOf } from "../../src/store/contacts.js";
import type { ContactPage } from "../../src/store/contacts.js";
import type { MailboxQuota, Store } from "../../src/store/store.js";
import {
  at,
  changeKey,
  hour,
  id,
  insertUser,
  notify,
  related,
  releaseUser,
  setContact,
  setPolicy,
} from "../support/changes.js";
import type { OpenStore } from "./store.js";

const APPLIED: Outcome = { status: "applied", users: [], receipts: [] };
const CONFLICT: Outcome = { status: "conflict" };

/** The suite. */
export function describeContacts(name: string, open: OpenStore): void {
  /** A store with alice (1), bob (2) and carol (3), and a clock to set. */
  async function populated(quota?: MailboxQuota): Promise<{ store: Store; clock: { now: number } }> {
    const clock = { now: at(0) };
    const store = await open({ quota, now: () => clock.now });
    await store.commit([[insertUser("alice", 1)], [insertUser("Bob", 2)], [insertUser("carol", 3)]]);
    return { store, clock };
  }
  const listOf = async (store: Store, user: number, after = 0, limit = 100): Promise<ContactPage> =>
    (await store.load([contactsOf(id(user), after, limit)]))[0] as ContactPage;
  const namesIn = async (store: Store, user: number): Promise<string[]> =>
    (await listOf(store, user)).entries.map((entry) => entry.name);

  describe(`${name}: contacts`, () => {
    test("what one user has of another is set where it is what it is believed to be", async () => {
      const { store } = await populated();
      const asked = related("requested");
      expect(await store.commit([[setContact(1, 2, asked)], [setContact(1, 2, asked)]])).toEqual([APPLIED, CONFLICT]);
      expect(await store.commit([[setContact(1, 2, related("contact"), { before: related("received") })]])).toEqual([
        CONFLICT,
      ]);
      expect(await store.commit([[setContact(1, 2, related("contact", true), { before: asked })]])).toEqual([APPLIED]);
      expect(await store.load([contactOf(id(1), id(2)), contactOf(id(2), id(1))])).toEqual([
        related("contact", true),
        undefined,
      ]);
    });

    test("where nothing is to change it is compared all the same, and its hour and expiry stay", async () => {
      const { store, clock } = await populated();
      const asked = related("requested");
      await store.commit([[setContact(1, 2, asked, { hour: hour(0), expires: hour(3) })]]);
      const same = { before: asked, hour: hour(2), expires: hour(9) };
      expect(await store.commit([[setContact(1, 2, asked, same)]])).toEqual([APPLIED]);
      expect(await store.commit([[setContact(2, 1, related("none"))]])).toEqual([APPLIED]);
      expect(await store.commit([[setContact(2, 1, asked, { before: asked })]])).toEqual([CONFLICT]);
      expect(await listOf(store, 1)).toMatchObject({ entries: [{ hour: hour(0) }] });
      clock.now = at(4);
      expect((await listOf(store, 1)).entries).toEqual([]);
    });

    test("conflicts when one of the two is not there", async () => {
      const { store } = await populated();
      expect(await store.commit([[setContact(1, 9, related("requested"))]])).toEqual([CONFLICT]);
      expect(await store.commit([[setContact(9, 1, related("requested"))]])).toEqual([CONFLICT]);
      expect(await store.commit([[setContact(9, 1, related("none"))]])).toEqual([CONFLICT]);
    });

    test("a list is bounded, and so are those who have asked", async () => {
      const { store } = await populated();
      await store.commit([[insertUser("dan", 4)], [insertUser("eve", 5)]]);
      const bounds = { all: 3, received: 1 };
      const received = (other: number) => setContact(1, other, related("received"), { bounds });
      expect(await store.commit([[received(2)], [received(3)]])).toEqual([APPLIED, CONFLICT]);
      const blocked = (other: number) => setContact(1, other, related("none", true), { bounds });
      expect(await store.commit([[blocked(3)], [blocked(4)], [blocked(5)]])).toEqual([APPLIED, APPLIED, CONFLICT]);
      expect(await store.load([contactSumsOf(id(1)), contactSumsOf(id(2))])).toEqual([
        { all: 3, received: 1 },
        { all: 0, received: 0 },
      ]);
      // What is there may change.
      const accepted = setContact(1, 2, related("contact"), { before: related("received"), bounds });
      expect(await store.commit([[accepted]])).toEqual([APPLIED]);
    });

    test("requests expire with their hour, blocks and contacts never", async () => {
      const { store, clock } = await populated();
      await store.commit([
        [setContact(1, 2, related("requested"), { expires: hour(3) })],
        [setContact(2, 1, related("received", true), { expires: hour(3) })],
        [setContact(3, 1, related("contact"), { expires: hour(3) })],
        [setContact(3, 2, related("requested"), { expires: hour(3) })],
      ]);
      clock.now = at(3);
      expect((await listOf(store, 1)).entries).toHaveLength(1);
      clock.now = at(3) + 1;
      for (const sweep of [false, true]) {
        if (sweep) expect(await store.sweep(hour(4))).toMatchObject({ contactRequests: 3 });
        expect(await store.load([contactOf(id(1), id(2)), contactOf(id(2), id(1)), contactOf(id(3), id(1))])).toEqual([
          undefined,
          related("none", true),
          related("contact"),
        ]);
        expect(await store.load([contactSumsOf(id(1)), contactSumsOf(id(2))])).toEqual([
          { all: 0, received: 0 },
          { all: 1, received: 0 },
        ]);
        expect([await namesIn(store, 1), await namesIn(store, 2)]).toEqual([[], ["alice"]]);
      }
      expect(await store.sweep(hour(4))).toMatchObject({ contactRequests: 0 });
      expect(await store.commit([[setContact(1, 2, related("requested"), { expires: hour(9) })]])).toEqual([APPLIED]);
    });

    test("a request that expired and is not swept yet can be made again, and lives as long as the new one", async () => {
      const { store, clock } = await populated();
      await store.commit([[setContact(1, 2, related("requested"), { expires: hour(1) })]]);
      clock.now = at(5);
      expect(await store.commit([[setContact(1, 2, related("requested"), { expires: hour(9) })]])).toEqual([APPLIED]);
      await store.sweep(hour(5));
      expect(await namesIn(store, 1)).toEqual(["Bob"]);
    });

    test("a page has the entries above a slot in their order, with the name and the key version of today", async () => {
      const { store } = await populated();
      await store.commit([
        [setContact(1, 3, related("requested"), { hour: hour(1) })],
        [setContact(1, 2, related("none", true), { hour: hour(2) })],
        [changeKey(2, 1)],
      ]);
      const all = await listOf(store, 1);
      expect(all).toEqual({
        entries: [
          { slot: 1, name: "carol", relation: "requested", blocked: false, hour: hour(1), keyVersion: 1 },
          { slot: 2, name: "Bob", relation: "none", blocked: true, hour: hour(2), keyVersion: 2 },
        ],
        more: false,
      });
      expect(await listOf(store, 1, 1)).toEqual({ entries: all.entries.slice(1), more: false });
      expect(await listOf(store, 1, 0, 1)).toEqual({ entries: all.entries.slice(0, 1), more: true });
    });

    test("are undone with their decision", async () => {
      const { store } = await populated();
      expect(await store.commit([[setContact(1, 2, related("contact")), setPolicy(1, "nobody", 9)]])).toEqual([
        CONFLICT,
      ]);
      expect(await namesIn(store, 1)).toEqual([]);
    });

    test("end on both sides with the user, and so does their policy", async () => {
      const { store } = await populated();
      await store.commit([
        [setContact(1, 2, related("contact")), setContact(2, 1, related("contact"))],
        [setContact(3, 2, related("none", true)), setContact(1, 3, related("requested"))],
        [setPolicy(2, "contacts")],
      ]);
      await store.commit([[releaseUser(2, "bob")]]);
      expect([await namesIn(store, 1), await namesIn(store, 2), await namesIn(store, 3)]).toEqual([["carol"], [], []]);
      expect(await store.load([policyOf(id(2)), consentOf(id(2), id(1)), contactSumsOf(id(3))])).toEqual([
        undefined,
        undefined,
        { all: 0, received: 0 },
      ]);
    });
  });

  describe(`${name}: consent`, () => {
    test("is what the one who would hear has set, of everybody and of this one", async () => {
      const { store } = await populated();
      const consent = async (): Promise<unknown> => (await store.load([consentOf(id(1), id(2))]))[0];
      expect(await consent()).toBeUndefined();
      await store.commit([[setContact(2, 1, related("contact"))]]);
      expect(await consent()).toBeUndefined();
      await store.commit([[setPolicy(1, "contacts")]]);
      expect(await consent()).toEqual({ policy: "contacts", relation: "none", blocked: false });
      await store.commit([[setContact(1, 2, related("contact", true))]]);
      expect(await consent()).toEqual({ policy: "contacts", relation: "contact", blocked: true });
      await store.commit([[setPolicy(1, "everyone")]]);
      expect(await consent()).toEqual({ policy: "everyone", relation: "contact", blocked: true });
      expect(await store.load([policyOf(id(1)), policyOf(id(2))])).toEqual(["everyone", undefined]);
    });

    test("is set with the key that is in force, or not at all", async () => {
      const { store } = await populated();
      await store.commit([[changeKey(1, 1)]]);
      expect(await store.commit([[setPolicy(1, "nobody", 1)], [setPolicy(1, "contacts", 2)]])).toEqual([
        CONFLICT,
        APPLIED,
      ]);
      expect(await store.load([policyOf(id(1))])).toEqual(["contacts"]);
    });
  });

  describe(`${name}: a notice`, () => {
    const payloadsOf = async (store: Store, user: number): Promise<string[]> =>
      (await store.deliveries(id(user), 0, 100)).map(({ payload }) => Buffer.from(payload).toString());

    test("is put into a mailbox when it is wanted, and it is said whose", async () => {
      const { store } = await populated();
      expect(await store.commit([[notify(1, "hear")], [notify(2, "hear not", { wanted: false })]])).toEqual([
        { status: "applied", users: [], receipts: [1] },
        APPLIED,
      ]);
      expect([await payloadsOf(store, 1), await payloadsOf(store, 2)]).toEqual([["hear"], []]);
    });

    test("is left out when there is no room or nobody, and takes nothing else with it", async () => {
      const { store } = await populated({ messages: 4, bytes: 1_000 });
      const decisions = [1, 2, 3].map((origin) => [notify(1, "notice", { origin }), setPolicy(2, "nobody")]);
      expect(await store.commit(decisions)).toMatchObject([{ receipts: [1] }, { receipts: [1] }, APPLIED]);
      expect(await store.commit([[notify(9, "nobody"), setPolicy(3, "nobody")]])).toEqual([APPLIED]);
      expect(await store.load([policyOf(id(2)), policyOf(id(3))])).toEqual(["nobody", "nobody"]);
    });
  });
}
