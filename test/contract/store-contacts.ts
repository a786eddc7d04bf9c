/** What every store must do with contacts, policies and notices. */
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/store/changes.js";
import { SETTLED } from "../../src/store/changes.js";
import { consentOf, contactOf, contactsOf, contactSumsOf, policyOf } from "../../src/store/contacts.js";
import type { ContactPage } from "../../src/store/contacts.js";
import { mailboxOf } from "../../src/store/rows.js";
import type { MailboxQuota, Store } from "../../src/store/store.js";
import {
  acknowledge,
  at,
  changeKey,
  hour,
  id,
  insertUser,
  messageId,
  notify,
  refused,
  related,
  releaseUser,
  rememberOutcome,
  sendMessage,
  setContact,
  setPolicy,
  storeMessage,
} from "../support/changes.js";
import {
  APPLIED,
  appliedWith,
  codesOf,
  CONFLICT,
  itemsOf,
  type OpenStore,
  payloadsOf,
  populating,
} from "../support/populated-store.js";

/** The suite. */
export function describeContacts(name: string, open: OpenStore): void {
  /** A store with alice (1), bob (2) and carol (3), and a clock to set. */
  const populated = populating(open, insertUser("alice", 1), insertUser("Bob", 2), insertUser("carol", 3));
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

  describe(`${name}: a refused message`, () => {
    const state = async (store: Store, user: number): Promise<unknown> => (await store.load([mailboxOf(id(user))]))[0];
    const soon = { expires: hour(2), outcomeExpires: hour(9), receiptTo: 1 };

    test("waits for nobody, and is counted nowhere that can be seen", async () => {
      const { store } = await populated();
      expect(await store.commit([[rememberOutcome(1), refused(sendMessage(2, 1, soon))]])).toEqual([APPLIED]);
      expect(await store.deliveries(id(2), 0, 9)).toEqual([]);
      expect(await state(store, 2)).toBeUndefined();
      expect(await store.counts()).toMatchObject({ deliveries: 0, payloadBytes: 0 });
      await store.commit([[storeMessage(2, "heard", 5)]]);
      expect(await state(store, 2)).toMatchObject({ messages: 1, bytes: 5, lastSequence: 1 });
    });

    test("expires as one that waits: its outcome, its receipt, and in the same hour", async () => {
      const { store, clock } = await populated();
      await store.commit([
        [rememberOutcome(1), refused(sendMessage(2, 1, soon))],
        [rememberOutcome(2), sendMessage(2, 2, soon)],
        [rememberOutcome(3), refused(sendMessage(2, 3, { ...soon, receiptTo: 0 }))],
      ]);
      expect(await store.sweep(hour(2))).toMatchObject({ phantoms: 0, deliveries: 0 });
      expect(await codesOf(store, 1, 2, 3)).toEqual([100, 100, 100]);
      clock.now = at(3);
      expect(await store.sweep(hour(3))).toMatchObject({ phantoms: 2, deliveries: 1 });
      expect(await codesOf(store, 1, 2, 3)).toEqual([SETTLED.expired, SETTLED.expired, SETTLED.expired]);
      expect(await itemsOf(store, 1)).toMatchObject([
        { kind: "receipt", id: messageId(2), state: "expired" },
        { kind: "receipt", id: messageId(1), state: "expired" },
      ]);
      expect(await store.sweep(hour(3))).toMatchObject({ phantoms: 0, deliveries: 0 });
    });

    test("expires when its recipient goes", async () => {
      const { store } = await populated();
      await store.commit([[rememberOutcome(1), refused(sendMessage(2, 1, soon))]]);
      expect(await store.commit([[releaseUser(2, "bob")]])).toMatchObject([{ status: "applied", receipts: [1] }]);
      expect(await codesOf(store, 1)).toEqual([SETTLED.expired]);
      expect(await itemsOf(store, 1)).toMatchObject([{ id: messageId(1), state: "expired" }]);
      expect(await store.sweep(hour(9))).toMatchObject({ phantoms: 0 });
    });

    test("to nobody conflicts, and is undone with its decision", async () => {
      const { store } = await populated();
      expect(await store.commit([[refused(storeMessage(9, "x"))]])).toEqual([CONFLICT]);
      expect(await store.commit([[refused(storeMessage(2, "x")), setPolicy(1, "nobody", 9)]])).toEqual([CONFLICT]);
      expect(await store.sweep(hour(99))).toMatchObject({ phantoms: 0 });
    });

    /** What becomes of messages to bob, each by an origin, as they are and as they are refused. */
    async function verdicts(
      messages: readonly ReturnType<typeof storeMessage>[],
      quota: MailboxQuota,
      before: readonly ReturnType<typeof storeMessage>[] = [],
    ): Promise<readonly string[][]> {
      const runs = [messages, messages.map(refused)].map(async (changes) => {
        const { store } = await populated(quota);
        await store.commit(before.map((change) => [change]));
        return (await store.commit(changes.map((change) => [change]))).map(({ status }) => status);
      });
      return Promise.all(runs);
    }

    test.each([
      ["one sender", () => 1],
      ["many who compare", (index: number) => index],
      ["three in turn", (index: number) => index % 3],
    ])("fills a mailbox as one that waits does: %s", async (_, originOf) => {
      const quota = { messages: 64, bytes: 6_400 };
      const ofSizes = (size: (index: number) => number) =>
        Array.from({ length: 50 }, (_, index) => storeMessage(2, Buffer.alloc(size(index)), originOf(index)));
      const before = [
        storeMessage(2, "from elsewhere", 99),
        { ...storeMessage(2, "by a friend", 98), contact: true as const },
      ];
      for (const size of [() => 1, () => 130, (index: number) => 40 * (index % 12)]) {
        const [stored, unheard] = await verdicts(ofSizes(size), quota, before);
        expect(stored).toContain("refused");
        expect(unheard).toEqual(stored);
      }
      const friends = ofSizes(() => 110).map((message) => ({ ...message, contact: true as const }));
      const [stored, unheard] = await verdicts(friends, quota, before);
      expect(unheard).toEqual(stored);
    });

    test("takes no room from who is heard, and none but from its own sender when they are heard later", async () => {
      const { store } = await populated({ messages: 64, bytes: 6_400 });
      const unheard = Array.from({ length: 40 }, (_, index) => [refused(storeMessage(2, "x", index % 20))]);
      expect((await store.commit(unheard)).filter(({ status }) => status === "applied")).toHaveLength(32);
      const heard = Array.from({ length: 33 }, (_, index) => [storeMessage(2, "x", 100 + index)]);
      expect((await store.commit(heard)).filter(({ status }) => status === "applied")).toHaveLength(32);
      expect(await state(store, 2)).toMatchObject({ messages: 32 });
      await store.commit([[acknowledge(2, [[1, 99]])]]);
      const later = Array.from({ length: 4 }, () => [storeMessage(2, "x", 0)]);
      expect(await store.commit(later)).toMatchObject([
        { status: "applied" },
        { status: "applied" },
        { status: "refused" },
        { status: "refused" },
      ]);
      await store.sweep(hour(99));
      expect((await store.commit(unheard)).filter(({ status }) => status === "applied")).toHaveLength(32);
    });

    test("marks no mailbox as full", async () => {
      const { store } = await populated({ messages: 16, bytes: 1_000 });
      await store.commit([[storeMessage(2, "x", 1)]]);
      expect(await store.commit([[refused(storeMessage(2, "x", 1))]])).toEqual([{ status: "refused" }]);
      expect(await state(store, 2)).toMatchObject({ fullSince: undefined });
    });
  });

  describe(`${name}: the mailbox of who has contacts`, () => {
    test("is wholly theirs, and half of it is strangers'", async () => {
      const { store } = await populated({ messages: 64, bytes: 6_400 });
      const from = (origin: number, contact: boolean) => [
        { ...storeMessage(2, "x", origin), ...(contact && { contact: true as const }) },
      ];
      const applied = (outcomes: readonly Outcome[]): number =>
        outcomes.filter(({ status }) => status === "applied").length;
      const strangers = Array.from({ length: 40 }, (_, index) => from(index, false));
      const contacts = Array.from({ length: 70 }, (_, index) => from(100 + index, true));
      expect(applied(await store.commit(strangers))).toBe(32);
      expect(applied(await store.commit(contacts))).toBe(32);
      expect(await state(store)).toMatchObject({ messages: 64 });
      // What contacts have sent is not strangers' when it goes.
      await store.commit([[acknowledge(2, [[33, 64]])]]);
      expect(applied(await store.commit(strangers))).toBe(0);
      await store.commit([[acknowledge(2, [[1, 1]])]]);
      expect(applied(await store.commit(strangers))).toBe(1);
      expect(applied(await store.commit([...contacts, ...strangers]))).toBe(32);
    });

    test("has a sixteenth for each of them", async () => {
      const { store } = await populated({ messages: 64, bytes: 6_400 });
      const messages = Array.from({ length: 6 }, () => [{ ...storeMessage(2, "x", 1), contact: true as const }]);
      expect((await store.commit(messages)).map(({ status }) => status)).toEqual([
        ...Array<string>(4).fill("applied"),
        "refused",
        "refused",
      ]);
    });

    const state = async (store: Store): Promise<unknown> => (await store.load([mailboxOf(id(2))]))[0];
  });

  describe(`${name}: a notice`, () => {
    test("is put into a mailbox when it is wanted, and it is said whose", async () => {
      const { store } = await populated();
      expect(await store.commit([[notify(1, "hear")], [notify(2, "hear not", { wanted: false })]])).toEqual([
        appliedWith(1),
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
