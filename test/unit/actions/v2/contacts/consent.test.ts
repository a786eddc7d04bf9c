/** Who is heard, and what becomes of the messages of who is not, over both stores. */
import { beforeEach, describe, expect, it } from "vitest";
import { allows } from "../../../../../src/actions/consent.js";
import { POLICIES, type Policy, type Relation, RELATIONS } from "../../../../../src/protocol/v2/contacts.js";
import type { Item } from "../../../../../src/protocol/v2/reply.js";
import type { RequestId } from "../../../../../src/protocol/v2/terms.js";
import type { UserId } from "../../../../../src/store/identifiers.js";
import { settings } from "../../../../support/actions.js";
import { about, befriend, writable } from "../../../../support/contact-talk.js";
import { V1User } from "../../../../support/v1-user.js";
import { openV2Model, STORES, type V2Model } from "../../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../../support/v2-person.js";

const HOUR = 3_600_000;
const LIMITS = { messages: 64, bytes: 64_000 };

describe("somebody is heard", () => {
  const [to, from] = [1, 2].map((number) => ({ id: number as UserId })) as [{ id: UserId }, { id: UserId }];
  const relations = Object.keys(RELATIONS) as Relation[];

  it.each(Object.keys(POLICIES) as Policy[])(
    "by who hears from %s: as a contact, or not at all, or always",
    (policy) => {
      for (const relation of relations) {
        const isHeard = policy === "everyone" || (policy === "contacts" && relation === "contact");
        expect(allows({ policy, relation, blocked: false }, to, from), relation).toBe(isHeard);
        expect(allows({ policy, relation, blocked: true }, to, from), relation).toBe(false);
      }
    },
  );

  it("by who has set nothing, and by themselves whatever they have set", () => {
    expect(allows(undefined, to, from)).toBe(true);
    expect(allows({ policy: "nobody", relation: "none", blocked: false }, to, to)).toBe(true);
  });
});

describe.each(STORES)("over a store in %s", (kind) => {
  let model: V2Model;
  let alice: Person;
  let bob: Person;

  beforeEach(async () => {
    model = await openV2Model(kind, { limits: LIMITS });
    [alice, bob] = await registered("alice", "bob");
  });

  async function registered(...names: readonly string[]): Promise<[Person, Person]> {
    const people = names.map((name) => personOf(model, name));
    for (const person of people) await person.register();
    return people as [Person, Person];
  }
  const heard = (items: readonly Item[]): string[] =>
    items.flatMap((item) => (item.kind === "message" ? Buffer.from(item.body).toString() : []));
  const stateOf = async (person: Person, id: RequestId): Promise<unknown> => {
    const reply = await person.ask("receipts", { ids: [id] });
    return reply.result === "ok" && reply.action === "receipts" && reply.answer.states[0];
  };
  async function v1User(name: string): Promise<V1User> {
    const user = new V1User(name, name);
    const offered = (await model.askV1(name, user.register())) as { readonly nonce: string };
    await model.askV1(name, user.registrationResponse(offered.nonce));
    return user;
  }

  it.each<[string, () => Promise<unknown>]>([
    ["has blocked them", () => about(bob, "block", "alice")],
    ["hears from contacts", () => writable(bob, "contacts")],
    ["hears from nobody", () => writable(bob, "nobody")],
    [
      "hears from contacts, of whom they only asked to be one",
      async () => {
        await about(alice, "request", "bob");
        await writable(bob, "contacts");
      },
    ],
    [
      "hears from nobody, not even the contact that they are",
      async () => {
        await befriend(alice, bob);
        await writable(bob, "nobody");
      },
    ],
    [
      "has blocked the contact that they are",
      async () => {
        await befriend(alice, bob);
        await about(bob, "block", "alice");
      },
    ],
  ])("a message to who %s is stored for its sender, and expires with a receipt", async (_, unwilling) => {
    await unwilling();
    const [before, ownBefore] = [await bob.fetch(), await alice.fetch()];
    const id = freshId();
    for (let times = 0; times < 2; times++) {
      expect(await alice.send("bob", "listen", { id, receipt: true, hours: 5 })).toMatchObject({ result: "ok" });
    }
    expect(await alice.send("bob", "something else", { id })).toMatchObject({ result: "idReused" });
    expect(await bob.fetch()).toEqual(before);
    expect(await stateOf(alice, id)).toBe("stored");
    await model.pass(4 * HOUR);
    expect(await stateOf(alice, id)).toBe("stored");
    expect(await alice.fetch()).toEqual(ownBefore);
    await model.pass(2 * HOUR);
    expect(await stateOf(alice, id)).toBe("expired");
    expect(await bob.fetch()).toEqual(before);
    expect((await alice.fetch()).slice(ownBefore.length)).toMatchObject([{ kind: "receipt", id, state: "expired" }]);
    await model.pass(settings.outcomeTtl + settings.messageTtl);
    expect(await stateOf(alice, id)).toBe("unknown");
  });

  it("who is a contact is heard by who hears from contacts, until one removes the other", async () => {
    await befriend(alice, bob);
    await writable(bob, "contacts");
    await alice.send("bob", "between friends");
    await about(alice, "remove", "bob");
    await alice.send("bob", "not any more");
    expect(heard(await bob.fetch())).toEqual(["between friends"]);
  });

  it("who is not blocked any more is heard again, and what was refused stays refused", async () => {
    await about(bob, "block", "alice");
    await alice.send("bob", "refused");
    await about(bob, "unblock", "alice");
    await alice.send("bob", "heard");
    expect(heard(await bob.fetch())).toEqual(["heard"]);
  });

  it("what waits when somebody is blocked goes on waiting", async () => {
    await alice.send("bob", "before");
    await about(bob, "block", "alice");
    expect(heard(await bob.fetch())).toEqual(["before"]);
  });

  it("who hears from nobody hears from themselves", async () => {
    await writable(bob, "nobody");
    await bob.send("bob", "remember the milk");
    expect(heard(await bob.fetch())).toEqual(["remember the milk"]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["contacts", () => writable(bob, "contacts")],
    ["nobody", () => writable(bob, "nobody")],
    ["everyone but them", () => about(bob, "block", "carol")],
  ])("a user of v1 who writes to who hears from %s is told success, each time", async (_, unwilling) => {
    const carol = await v1User("carol");
    await unwilling();
    const message = carol.send("bob", `"listen"`);
    for (let times = 0; times < 2; times++)
      expect(await model.askV1("carol", message)).toMatchObject({ result: "success" });
    expect(await bob.fetch()).toEqual([]);
    const [share] = [LIMITS.messages / 16];
    const results: unknown[] = [];
    for (let sent = 1; sent <= share; sent++) {
      const reply = await model.askV1("carol", carol.send("bob", JSON.stringify(`message ${sent}`)));
      results.push(reply !== undefined && "result" in reply && reply.result);
    }
    expect(results).toEqual([...Array<string>(share - 1).fill("success"), "error: database failure"]);
  });

  it("users of v1 hear from everyone", async () => {
    const carol = await v1User("carol");
    expect(await alice.send("carol", JSON.stringify({ hello: "you" }))).toMatchObject({ result: "ok" });
    expect(model.committed.at(-2)).toMatchObject({ kind: "storeMessage" });
    expect(carol.name).toBe("carol");
  });

  it("filling a mailbox tells nothing: not one alone, nor strangers who compare, over time", async () => {
    const told: unknown[][] = [];
    for (const policy of ["everyone", "contacts"] as const) {
      const name = `fills-${policy}`;
      const [recipient] = await registered(name);
      await writable(recipient, policy);
      const results: unknown[] = [];
      for (let sender = 0; sender < 9; sender++) {
        const [stranger] = await registered(`stranger-${sender}`);
        for (let sent = 0; sent < 5; sent++) {
          results.push((await stranger.send(name, `message ${sent}`, { hours: 1 + sender })).result);
        }
      }
      await model.pass(3 * HOUR);
      for (let sender = 0; sender < 9; sender++) {
        results.push((await personOf(model, `stranger-${sender}`).send(name, "once more", { hours: 9 })).result);
      }
      told.push(results);
    }
    expect(told[1]).toEqual(told[0]);
    expect(told[0]).toContain("mailboxFull");
    expect(told[0]?.slice(-9)).toContain("ok");
  });

  it("strangers fill half of a mailbox, and contacts the rest", async () => {
    const share = LIMITS.messages / 16;
    async function fill(names: readonly string[]): Promise<number> {
      let stored = 0;
      for (const name of names) {
        for (let sent = 0; sent < share; sent++) {
          if ((await personOf(model, name).send("bob", "more")).result === "ok") stored++;
        }
      }
      return stored;
    }
    const names = (what: string): string[] => Array.from({ length: 9 }, (_, index) => `${what}-${index}`);
    await registered(...names("stranger"), ...names("friend"));
    for (const name of names("friend")) {
      await about(bob, "request", name);
      await about(personOf(model, name), "accept", "bob");
    }
    await bob.ask("ack", { ranges: [{ first: 1, last: 100 }] });
    expect(await fill(names("stranger"))).toBe(LIMITS.messages / 2);
    expect(await fill(names("friend"))).toBe(LIMITS.messages / 2);
  });
});
