/** What users can have of each other, and how they come to it, over both stores. */
import { beforeEach, describe, expect, it } from "vitest";
import { settings } from "../../../../support/actions.js";
import { about, befriend, eventsIn, listOf, relationsOf, writable } from "../../../../support/contact-talk.js";
import { V1User } from "../../../../support/v1-user.js";
import { openV2Model, STORES, type V2Model } from "../../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../../support/v2-person.js";
import { testKey, newKey } from "../../../../support/v2-requests.js";

const HOUR = 3_600_000;

describe.each(STORES)("over a store in %s", (kind) => {
  let model: V2Model;
  let alice: Person;
  let bob: Person;

  beforeEach(async () => {
    model = await openV2Model(kind);
    [alice, bob] = [personOf(model, "Alice"), personOf(model, "bob")];
    for (const person of [alice, bob]) await person.register();
  });

  async function others(count: number): Promise<readonly Person[]> {
    const people = Array.from({ length: count }, (_, index) => personOf(model, `other-${index}`));
    for (const person of people) await person.register();
    return people;
  }

  it("a request waits on both sides, is told with its note, and is accepted", async () => {
    const id = freshId();
    expect(await about(alice, "request", "BOB", { note: "it is me", id })).toBe("ok");
    expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{ bob: "requested" }, { Alice: "received" }]);
    expect(await bob.fetch()).toMatchObject([
      {
        kind: "contact",
        name: "Alice",
        verb: "request",
        id,
        keyVersion: 1,
        note: Uint8Array.from(Buffer.from("it is me")),
      },
    ]);
    expect(await about(bob, "accept", "alice", { note: "of course" })).toBe("ok");
    expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{ bob: "contact" }, { Alice: "contact" }]);
    expect(eventsIn(await alice.fetch())).toEqual(["bob: accept of course"]);
  });

  it("a rejection is told to nobody, and the request goes on waiting until it is cancelled", async () => {
    await about(alice, "request", "bob");
    expect(await about(bob, "reject", "Alice")).toBe("ok");
    expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{ bob: "requested" }, {}]);
    expect(await alice.fetch()).toEqual([]);
    expect(await about(bob, "reject", "Alice")).toBe("notApplicable");
    expect(await about(alice, "request", "bob")).toBe("notApplicable");
    expect(await about(alice, "cancel", "bob")).toBe("ok");
    expect(await relationsOf(alice)).toEqual({});
    expect(await about(alice, "request", "bob")).toBe("ok");
    expect(await relationsOf(bob)).toEqual({ Alice: "received" });
  });

  it("who asks somebody who has asked them accepts, though they have rejected it before", async () => {
    await about(alice, "request", "bob");
    await about(bob, "reject", "Alice");
    expect(await about(bob, "request", "Alice")).toBe("ok");
    expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{ bob: "contact" }, { Alice: "contact" }]);
    expect(eventsIn(await alice.fetch())).toEqual(["bob: accept"]);
  });

  it("a request ends for both when it is cancelled or has waited for its time, and a contact when one removes it", async () => {
    await about(alice, "request", "bob");
    await about(alice, "cancel", "bob");
    expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{}, {}]);
    await about(alice, "request", "bob");
    await model.pass(settings.contactRequestTtl - HOUR);
    expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{ bob: "requested" }, { Alice: "received" }]);
    await model.pass(3 * HOUR);
    expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{}, {}]);
    await befriend(alice, bob);
    await model.pass(2 * settings.contactRequestTtl);
    expect(await about(bob, "remove", "alice")).toBe("ok");
    expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{}, {}]);
    expect(await about(alice, "remove", "bob")).toBe("notApplicable");
  });

  it("a block stands beside the relation, and the other sees nothing of it", async () => {
    await befriend(alice, bob);
    const before = await listOf(alice);
    expect(await about(bob, "block", "Alice")).toBe("ok");
    expect(await about(bob, "block", "Alice")).toBe("notApplicable");
    expect(await listOf(alice)).toEqual(before);
    expect(await relationsOf(bob)).toEqual({ Alice: "contact, blocked" });
    expect(await about(bob, "unblock", "Alice")).toBe("ok");
    expect(await about(bob, "unblock", "Alice")).toBe("notApplicable");
    expect(await relationsOf(bob)).toEqual({ Alice: "contact" });
  });

  it.each<[string, (person: Person) => Promise<unknown>]>([
    ["has blocked who asks", (person) => about(person, "block", "Alice")],
    ["wants to hear from nobody", (person) => writable(person, "nobody")],
  ])("a request to somebody who %s leaves nothing with them", async (_, unwanted) => {
    await unwanted(bob);
    const before = await listOf(bob);
    expect(await about(alice, "request", "bob", { note: "please" })).toBe("ok");
    expect(await relationsOf(alice)).toEqual({ bob: "requested" });
    expect(await listOf(bob)).toEqual(before);
    expect(await bob.fetch()).toEqual([]);
    expect(await about(alice, "cancel", "bob")).toBe("ok");
    expect(await listOf(bob)).toEqual(before);
  });

  it("whom one has blocked can neither be asked nor accepted before that ends", async () => {
    await about(alice, "request", "bob");
    await about(bob, "block", "Alice");
    expect(await about(bob, "accept", "Alice")).toBe("notApplicable");
    expect(await about(bob, "request", "Alice")).toBe("notApplicable");
    await about(bob, "unblock", "Alice");
    expect(await about(bob, "accept", "Alice")).toBe("ok");
  });

  it("so many requests wait for one user; a further one leaves nothing with them", async () => {
    const askers = await others(settings.contacts.received + 1);
    for (const person of askers) expect(await about(person, "request", "bob")).toBe("ok");
    expect((await listOf(bob)).entries).toHaveLength(settings.contacts.received);
    expect(await relationsOf(askers.at(-1) ?? bob)).toEqual({ bob: "requested" });
    expect(await bob.fetch()).toHaveLength(settings.contacts.received);
    // Who was not heard can be asked in turn.
    expect(await about(bob, "request", askers.at(-1)?.name ?? "")).toBe("ok");
    expect(Object.values(await relationsOf(bob)).filter((relation) => relation === "contact")).toHaveLength(1);
  });

  it("a list that is full takes nobody more, by a request of either side or a block", async () => {
    const many = await others(settings.contacts.all + 1);
    const [last, ...rest] = many.toReversed();
    for (const { name } of rest) expect(await about(alice, "block", name)).toBe("ok");
    const name = last?.name ?? "";
    expect(await about(alice, "request", name)).toBe("limited");
    expect(await about(alice, "block", name)).toBe("limited");
    expect(await about(last ?? bob, "request", "Alice")).toBe("ok");
    expect((await listOf(alice, { packets: 20 })).entries).toHaveLength(settings.contacts.all);
    expect(await about(alice, "unblock", "other-0")).toBe("ok");
    expect(await about(alice, "block", name)).toBe("ok");
  });

  it("what is done is done once for each id, and tells of itself once", async () => {
    const id = freshId();
    for (let times = 0; times < 3; times++) expect(await about(alice, "request", "bob", { id })).toBe("ok");
    expect(await about(alice, "request", "bob", { note: "another", id })).toBe("idReused");
    expect(await bob.fetch()).toHaveLength(1);
    const blocking = freshId();
    expect(await about(bob, "block", "Alice", { id: blocking })).toBe("ok");
    expect(await about(bob, "unblock", "Alice")).toBe("ok");
    expect(await about(bob, "block", "Alice", { id: blocking })).toBe("ok");
    expect(await relationsOf(bob)).toEqual({ Alice: "received" });
  });

  it("nobody, oneself and users of v1 cannot be asked, but who speaks v1 can be blocked", async () => {
    const carol = new V1User("carol", "carol");
    const offered = (await model.askV1("carol", carol.register())) as { readonly nonce: string };
    await model.askV1("carol", carol.registrationResponse(offered.nonce));
    expect(await about(alice, "request", "nobody")).toBe("notFound");
    expect(await about(alice, "block", "aLICE")).toBe("notApplicable");
    expect(await about(alice, "request", "carol")).toBe("recipientV1");
    expect(await about(alice, "block", "carol")).toBe("ok");
    expect(await relationsOf(alice)).toEqual({ carol: "none, blocked" });
  });

  it("the list tells the version of each key, and the hours since when things are as they are", async () => {
    await befriend(alice, bob);
    const [before] = (await listOf(alice)).entries;
    expect(before).toMatchObject({ keyVersion: 1, hour: Math.ceil(model.now / HOUR) });
    await bob.ask("rotate", newKey("bob", testKey("new"), 1));
    await model.pass(5 * HOUR);
    expect((await listOf(alice)).entries).toEqual([{ ...before, keyVersion: 2 }]);
    await about(alice, "block", "bob");
    expect((await listOf(alice)).entries).toMatchObject([{ hour: Math.ceil(model.now / HOUR), blocked: true }]);
  });

  it("a list comes in pages that fit what was asked for, and its cursors stay while others go", async () => {
    const names = (await others(settings.contacts.all)).map(({ name }) => name);
    for (const name of names) await about(alice, "block", name);
    const all = await listOf(alice, { packets: 255 });
    expect(all).toMatchObject({ more: false, policy: "everyone" });
    expect(all.entries.map(({ name }) => name)).toEqual(names);
    const [, second, third] = all.entries;
    await about(alice, "unblock", second?.name ?? "");
    const after = await listOf(alice, { after: second?.cursor ?? 0 });
    expect(after.entries).toEqual(all.entries.slice(2));
    expect(third?.cursor).toBeGreaterThan(second?.cursor ?? 0);
  });

  it("a policy is there until another is set, and the latest request counts", async () => {
    const id = freshId();
    expect((await listOf(alice)).policy).toBe("everyone");
    expect((await alice.ask("policy", { policy: "contacts" }, { id })).result).toBe("ok");
    expect((await listOf(alice)).policy).toBe("contacts");
    await writable(alice, "nobody");
    expect((await alice.ask("policy", { policy: "contacts" }, { id })).result).toBe("ok");
    expect((await listOf(alice)).policy).toBe("nobody");
  });

  it("of who is released nothing stays in any list, and who takes the name later is another", async () => {
    await befriend(alice, bob);
    await about(alice, "block", "bob");
    await writable(bob, "nobody");
    expect((await bob.ask("release", {})).result).toBe("ok");
    expect(await relationsOf(alice)).toEqual({});
    await model.pass(settings.nameHold + HOUR);
    const another = personOf(model, "bob", "elsewhere");
    another.key = testKey("another bob");
    expect((await another.register()).result).toBe("ok");
    expect(await listOf(another)).toEqual({ entries: [], more: false, policy: "everyone" });
    expect(await about(alice, "request", "bob")).toBe("ok");
    expect(await relationsOf(another)).toEqual({ Alice: "received" });
  });
});

describe("a reply of one packet", () => {
  it("has as many entries as fit, and says that there are more", async () => {
    const model = await openV2Model("memory", { settings: { contacts: { all: 200, received: 5 } } });
    const alice = personOf(model, "alice");
    await alice.register();
    const names = Array.from({ length: 150 }, (_, index) => `${"n".repeat(index % 60)}-${index}`);
    for (const name of names) {
      await personOf(model, name).register();
      await about(alice, "block", name);
    }
    const found: string[] = [];
    let pages = 0;
    for (let after = 0, more = true; more; pages++) {
      const page = await listOf(alice, { after, packets: 1 });
      found.push(...page.entries.map(({ name }) => name));
      [after, more] = [page.entries.at(-1)?.cursor ?? 0, page.more];
      const bytes = await model.bytesOf("x", alice.signed("contacts", { after: 0, packets: 1 }));
      expect(bytes).toBe(1601);
    }
    expect(found).toEqual(names);
    expect(pages).toBeGreaterThan(3);
  });
});
