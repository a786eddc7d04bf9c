/** Prekeys: published, told, and taken once each. */
import { verify } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { ed25519Der } from "../../../../src/protocol/v2/ed25519.js";
import type { ReceivedReply } from "../../../../src/protocol/v2/reply-codec.js";
import { prekeyText } from "../../../../src/protocol/v2/signed-texts.js";
import { hourAfter } from "../../../../src/util/time.js";
import { directory, NOW, settings } from "../../../support/actions.js";
import { about, befriend, writable } from "../../../support/contact-talk.js";
import { V1User } from "../../../support/v1-user.js";
import { openV2Model, STORES, type V2Model } from "../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../support/v2-person.js";
import {
  digestOf,
  oneTimePrekey,
  type Publication,
  publicationOf,
  signedPrekey,
  takenIn,
} from "../../../support/v2-prekeys.js";
import { named, newKey, testKey } from "../../../support/v2-requests.js";

const HOUR = 3_600_000;
const ALL = { signed: 1, lastResort: 2 } as const;

describe.each(STORES)("prekeys over a store in %s", (kind) => {
  let model: V2Model;
  let alice: Person;
  let bob: Person;

  async function open(prekeys: Partial<typeof settings.prekeys> = {}): Promise<void> {
    const plenty = { most: 10, perHour: 1_000, low: 0 };
    model = await openV2Model(kind, { settings: { prekeys: { ...plenty, ...prekeys } } });
    [alice, bob] = [personOf(model, "Alice"), personOf(model, "bob")];
    for (const person of [alice, bob]) expect(await person.register()).toMatchObject({ result: "ok" });
  }
  beforeEach(() => open());

  const publish = (of: Publication, person = alice): Promise<ReceivedReply> =>
    person.ask("publish", publicationOf(person, of));
  const take = (id = freshId(), by = bob, name = "alice"): Promise<ReceivedReply> =>
    by.ask("take", { name: named(name) }, { id });
  const taken = async (id = freshId(), by = bob): Promise<number | string> => takenIn(await take(id, by));

  /** Everything that was committed because of `ask`. */
  async function effectsOf(ask: () => Promise<unknown>): Promise<readonly string[]> {
    const before = model.committed.length;
    await ask();
    return model.committed.slice(before).map(({ kind }) => kind);
  }

  async function allTaken(): Promise<readonly (number | string)[]> {
    const ids: (number | string)[] = [];
    for (let id = await taken(); typeof id === "number"; id = await taken()) ids.push(id);
    return ids.toSorted();
  }

  describe("publishing", () => {
    it("is answered with how many there are, and takes effect once", async () => {
      expect(await publish({ ...ALL, oneTime: [1, 2] })).toMatchObject({ result: "ok", answer: { count: 2 } });
      const id = freshId();
      const body = publicationOf(alice, { oneTime: [2, 3, 4] });
      expect(await alice.ask("publish", body, { id })).toMatchObject({ answer: { count: 4 } });
      expect(typeof (await taken())).toBe("number");
      expect(await effectsOf(() => alice.ask("publish", body, { id }))).toEqual([]);
      expect(await alice.ask("publish", body, { id })).toMatchObject({ answer: { count: 4 } });
      const other = publicationOf(alice, { oneTime: [2, 3] });
      expect(await alice.ask("publish", other, { id })).toMatchObject({ result: "idReused" });
      expect(await publish({ oneTime: [9], replace: true })).toMatchObject({ answer: { count: 1 } });
      expect(await allTaken()).toEqual([9]);
    });

    it("needs signatures of this user's key, of this version, at this directory, of this kind, id and key", async () => {
      const mallory = { ...alice, key: testKey("mallory") };
      const good = signedPrekey(alice, "signed", 1);
      const forged = [
        signedPrekey(mallory, "signed", 1),
        signedPrekey({ ...alice, name: "bob" }, "signed", 1),
        signedPrekey({ ...alice, keyVersion: 2 }, "signed", 1),
        signedPrekey(alice, "signed", 1, new Uint8Array(32)),
        { ...signedPrekey(alice, "lastResort", 1), key: good.key },
        { ...good, id: 2 },
        { ...good, key: oneTimePrekey("alice", 1).key },
        { ...good, signature: new Uint8Array(64) },
      ];
      for (const signed of forged) {
        const body = { signed, oneTime: [], replace: false };
        expect(await effectsOf(() => alice.ask("publish", body))).toEqual([]);
        expect(await alice.ask("publish", body)).toMatchObject({ result: "unauthorized" });
      }
      const lastResort = { ...signedPrekey(alice, "signed", 2), id: 2 };
      const body = { signed: good, lastResort, oneTime: [], replace: false };
      expect(await alice.ask("publish", body)).toMatchObject({ result: "unauthorized" });
      expect(await alice.ask("publish", { signed: good, oneTime: [], replace: false })).toMatchObject({ result: "ok" });
    });

    it("is refused whole when there would be too many, unless the others go", async () => {
      await open({ most: 3 });
      await publish({ ...ALL, oneTime: [1, 2] });
      expect(await effectsOf(() => publish({ signed: 9, oneTime: [3, 4] }))).toEqual([]);
      expect(await publish({ signed: 9, oneTime: [3, 4] })).toMatchObject({ result: "tooLarge" });
      expect(await take()).toMatchObject({ answer: { signed: { id: 1 } } });
      expect(await publish({ oneTime: [5, 6] })).toMatchObject({ answer: { count: 3 } });
      expect(await publish({ oneTime: [7, 8, 9], replace: true })).toMatchObject({ answer: { count: 3 } });
      // One with the id of another takes its place.
      expect(await publish({ oneTime: [7, 8] })).toMatchObject({ answer: { count: 3 } });
    });
  });

  describe("what is published", () => {
    const told = async (): Promise<unknown> => {
      const reply = await alice.ask("prekeys", {});
      return reply.result === "ok" && reply.action === "prekeys" ? reply.answer : reply.result;
    };

    it("is told to its owner, with a digest by which they see whether it is what they published", async () => {
      expect(await told()).toEqual({
        count: 0,
        most: 10,
        signed: undefined,
        lastResort: undefined,
        digest: digestOf(alice, {}),
      });
      await publish({ signed: 1, oneTime: [4, 5, 6] });
      await model.pass(2 * HOUR);
      await publish({ lastResort: 7 });
      expect(await told()).toEqual({
        count: 3,
        most: 10,
        signed: { id: 1, hour: hourAfter(NOW) },
        lastResort: { id: 7, hour: hourAfter(NOW + 2 * HOUR) },
        digest: digestOf(alice, { signed: 1, lastResort: 7, oneTime: [4, 5, 6] }),
      });
      const id = await taken();
      const left = [4, 5, 6].filter((other) => other !== id);
      expect(await told()).toMatchObject({
        count: 2,
        digest: digestOf(alice, { signed: 1, lastResort: 7, oneTime: left }),
      });
    });
  });

  describe("taking", () => {
    it("brings the user, the signed prekey with its age, and a one-time prekey that nobody else gets", async () => {
      await publish({ ...ALL, oneTime: [1, 2, 3] });
      const reply = await take();
      if (reply.result !== "ok" || reply.action !== "take") throw new Error("nothing was taken");
      const { user, signed, oneTime, lastResort } = reply.answer;
      expect(user).toEqual({ name: "Alice", algorithm: "ed25519", key: alice.key.raw, keyVersion: 1 });
      expect(signed).toEqual({ ...signedPrekey(alice, "signed", 1), hour: hourAfter(NOW) });
      expect(oneTime).toEqual(oneTimePrekey("alice", oneTime?.id ?? 0));
      expect(lastResort).toBeUndefined();
      const text = prekeyText(
        { directory: directory.identity, name: user.name, keyVersion: 1 },
        "signed",
        signed ?? { id: 0, key: new Uint8Array() },
      );
      const key = { key: Buffer.from(ed25519Der(user.key)), format: "der", type: "spki" } as const;
      expect(verify(null, text, key, signed?.signature ?? new Uint8Array())).toBe(true);
      expect([oneTime?.id, ...(await allTaken())].toSorted()).toEqual([1, 2, 3]);
    });

    it("is answered with the same key for the same request, whatever was published since, for as long as outcomes are kept", async () => {
      await publish({ ...ALL, oneTime: [1, 2, 3] });
      const id = freshId();
      const first = await taken(id);
      await publish({ signed: 5, oneTime: [1, 2, 3, 4], replace: true });
      expect(await effectsOf(() => take(id))).toEqual([]);
      await model.pass(settings.outcomeTtl - HOUR);
      const again = await take(id);
      expect(takenIn(again)).toBe(first);
      expect(again).toMatchObject({ answer: { signed: { id: 5 } } });
      expect(await bob.ask("take", { name: named("bob") }, { id })).toMatchObject({ result: "idReused" });
      expect(await allTaken()).toEqual([1, 2, 3, 4]);
      expect(await take(id, alice)).toMatchObject({ result: "ok", answer: { oneTime: undefined } });
    });

    it("brings the last resort, again and again, when none is left", async () => {
      await publish({ ...ALL, oneTime: [1] });
      expect(await allTaken()).toEqual([1]);
      const id = freshId();
      for (const each of [id, id, freshId()])
        expect(await take(each)).toMatchObject({
          answer: { signed: { id: 1 }, oneTime: undefined, lastResort: signedPrekey(alice, "lastResort", 2) },
        });
      // Who got the last resort keeps it: the same request takes no key later.
      await publish({ oneTime: [3] });
      expect(await taken(id)).toBe("last resort");
      expect(await taken()).toBe(3);
    });

    it.each([
      ["nothing but one-time prekeys", { oneTime: [1] }, { signed: undefined, oneTime: { id: 1 } }],
      ["nothing but a signed prekey", { signed: 1 }, { signed: { id: 1 }, oneTime: undefined, lastResort: undefined }],
      ["nothing but a last resort", { lastResort: 1 }, { signed: undefined, lastResort: { id: 1 } }],
    ])("brings what there is: %s", async (_, published, answer) => {
      await publish(published);
      expect(await take()).toMatchObject({ result: "ok", answer });
    });

    it("is refused when there is nobody, or nothing to give, and leaves no trace", async () => {
      const carol = new V1User("Carol", "carol");
      const offered = (await model.askV1("carol", carol.register())) as { readonly nonce: string };
      await model.askV1("carol", carol.registrationResponse(offered.nonce));
      const id = freshId();
      const effects = await effectsOf(async () => {
        expect(await take(id, bob, "nobody")).toMatchObject({ result: "notFound" });
        expect(await take(id, bob, "carol")).toMatchObject({ result: "notApplicable" });
        expect(await take(id)).toMatchObject({ result: "notApplicable" });
      });
      expect(effects).toEqual([]);
      await publish({ oneTime: [1] });
      expect(await taken(id)).toBe(1);
      expect(await taken()).toBe("notApplicable");
    });

    it("is bounded in each hour: beyond half of the budget, strangers get the last resort", async () => {
      await open({ perHour: 5 });
      await publish({ ...ALL, oneTime: [1, 2, 3, 4, 5, 6] });
      const kinds = async (): Promise<unknown[]> => {
        const found: unknown[] = [];
        for (let count = 0; count < 4; count++) found.push(typeof (await taken()));
        return found;
      };
      expect(await kinds()).toEqual(["number", "number", "string", "string"]);
      expect(await taken()).toBe("last resort");
      await model.pass(HOUR);
      expect(await kinds()).toEqual(["number", "number", "string", "string"]);
    });

    it("lets contacts have what strangers together cannot", async () => {
      await open({ perHour: 4 });
      await publish({ ...ALL, oneTime: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
      const carol = personOf(model, "carol");
      await carol.register();
      await befriend(alice, carol);
      const kinds = async (by: Person, count: number): Promise<unknown[]> => {
        const found: unknown[] = [];
        while (found.length < count) found.push(typeof (await taken(freshId(), by)));
        return found;
      };
      expect(await kinds(bob, 3)).toEqual(["number", "number", "string"]);
      expect(await kinds(carol, 3)).toEqual(["number", "number", "string"]);
      await model.pass(HOUR);
      expect(await kinds(carol, 5)).toEqual(["number", "number", "number", "number", "string"]);
      expect(await kinds(bob, 1)).toEqual(["string"]);
    });

    it.each([
      ["has blocked", () => about(alice, "block", "bob")],
      ["does not hear, hearing nobody", () => writable(alice, "nobody")],
      ["does not hear, hearing contacts", () => writable(alice, "contacts")],
    ])("brings the last resort to whom their owner %s, who keeps what they had", async (_, refuse) => {
      await publish({ ...ALL, oneTime: [1, 2] });
      const id = freshId();
      const first = await taken(id);
      await refuse();
      expect(await taken()).toBe("last resort");
      expect(await taken(id)).toBe(first);
      expect(await taken(freshId(), alice)).toBe(3 - Number(first));
    });

    it("brings a contact a one-time prekey when its owner hears contacts, and does not when they block them", async () => {
      await publish({ ...ALL, oneTime: [1, 2] });
      await befriend(bob, alice);
      await writable(alice, "contacts");
      expect(typeof (await taken())).toBe("number");
      await about(alice, "block", "bob");
      expect(await taken()).toBe("last resort");
    });

    it("does as much for the last resort whether none is left, the budget is spent, or the owner hears nobody", async () => {
      const efforts: unknown[] = [];
      const cases = [
        [2, [1, 2, 3], "everyone"],
        [1_000, [1], "everyone"],
        [1_000, [1, 2, 3], "nobody"],
      ] as const;
      for (const [perHour, oneTime, policy] of cases) {
        await open({ perHour });
        await publish({ ...ALL, oneTime });
        await taken();
        await writable(alice, policy);
        const reads = model.reads;
        const request = bob.signed("take", { name: named("alice") });
        let bytes = 0;
        const effects = await effectsOf(async () => (bytes = await model.bytesOf("bob", request)));
        efforts.push({ effects, reads: model.reads - reads, bytes });
      }
      expect(efforts).toEqual(Array(cases.length).fill(efforts[0]));
      expect(efforts[0]).toMatchObject({ effects: ["rememberOutcome", "refreshRoute"], bytes: 1601 });
    });
  });

  describe("a notice", () => {
    it("tells the owner once that few are left, and again after they have published", async () => {
      await open({ low: 2 });
      await publish({ ...ALL, oneTime: [1, 2, 3] });
      await taken();
      expect(await alice.fetch()).toEqual([]);
      await allTaken();
      expect(await alice.fetch()).toEqual([{ sequence: 1, kind: "prekeys", count: 1 }]);
      await publish({ oneTime: [4] });
      await taken();
      expect(await alice.fetch(1)).toEqual([{ sequence: 2, kind: "prekeys", count: 0 }]);
      await alice.ask("ack", { ranges: [{ first: 1, last: 2 }] });
      expect(await alice.fetch()).toEqual([]);
    });
  });

  describe("a change of key", () => {
    it.each(["rotate", "recover"] as const)("(%s) voids all prekeys, those that were taken as well", async (action) => {
      await publish({ ...ALL, oneTime: [1, 2] });
      const id = freshId();
      await taken(id);
      const next = testKey("Alice's next key");
      const signing = action === "recover" ? { key: alice.recovery } : {};
      expect(await alice.ask(action, newKey("alice", next, 1), signing)).toMatchObject({ result: "ok" });
      expect(await taken()).toBe("notApplicable");
      expect(await taken(id)).toBe("notApplicable");
      expect(await publish({ oneTime: [3] })).toMatchObject({ result: "unauthorized" });
      const old = publicationOf(alice, ALL);
      [alice.key, alice.keyVersion] = [next, 2];
      expect(await alice.ask("publish", old)).toMatchObject({ result: "unauthorized" });
      expect(await publish({ ...ALL, oneTime: [3] })).toMatchObject({ answer: { count: 1 } });
      expect(await take()).toMatchObject({ answer: { user: { keyVersion: 2 }, oneTime: { id: 3 } } });
      expect(await taken(id)).toBe("last resort");
    });

    it("of who takes leaves them what they took", async () => {
      await publish({ ...ALL, oneTime: [1] });
      const id = freshId();
      await taken(id);
      await bob.ask("rotate", newKey("bob", testKey("Bob's next key"), 1));
      [bob.key, bob.keyVersion] = [testKey("Bob's next key"), 2];
      expect(await taken(id)).toBe(1);
    });
  });

  it("prekeys go with the name", async () => {
    await publish({ ...ALL, oneTime: [1, 2] });
    const id = freshId();
    await taken(id);
    await alice.ask("release", {});
    expect(await taken()).toBe("notFound");
    expect(await taken(id)).toBe("notFound");
    await model.pass(settings.nameHold + HOUR);
    const heir = personOf(model, "Alice", "heir");
    heir.key = testKey("heir");
    expect(await heir.register()).toMatchObject({ result: "ok" });
    expect(await taken()).toBe("notApplicable");
  });
});
