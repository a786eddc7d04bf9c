/** What two users do about each other at once: decided on the same rows, committed one after the other, in either order. */
import { describe, expect, it } from "vitest";
import type { ContactVerb } from "../../../../../src/protocol/v2/contacts.js";
import { about, befriend, eventsIn, relationsOf, writable } from "../../../../support/contact-talk.js";
import { STORES } from "../../../../support/v2-model.js";
import { type Person, personOf } from "../../../../support/v2-person.js";
import { newKey, testKey } from "../../../../support/v2-requests.js";
import { openRace } from "../../../../support/v2-race.js";

interface Pair {
  readonly alice: Person;
  readonly bob: Person;
}
/** Who does what about the other. */
type Deed = readonly ["alice" | "bob", ContactVerb];

/** What comes of two deeds at once, after `before`: results, lists, and what each is told. */
async function racedOver(
  kind: (typeof STORES)[number],
  [first, second]: readonly [Deed, Deed],
  before: (pair: Pair) => Promise<unknown>,
) {
  const { model, replies } = await openRace(kind);
  const people: Pair = { alice: personOf(model, "alice"), bob: personOf(model, "bob") };
  for (const person of [people.alice, people.bob]) await person.register();
  await before(people);
  const doing =
    ([who, verb]: Deed) =>
    () =>
      about(people[who], verb, who === "alice" ? "bob" : "alice");
  const results = await replies(doing(first), doing(second));
  const { alice, bob } = people;
  return {
    results,
    lists: [await relationsOf(alice), await relationsOf(bob)],
    told: [eventsIn(await alice.fetch()), eventsIn(await bob.fetch())],
  };
}

const nothing = (): Promise<void> => Promise.resolve();
const asked = ({ alice }: Pair): Promise<string> => about(alice, "request", "bob");

describe.each(STORES)("at once, over a store in %s", (kind) => {
  const raced = (first: Deed, second: Deed, before: (pair: Pair) => Promise<unknown>) =>
    racedOver(kind, [first, second], before);

  it("two requests that cross make contacts of both", async () => {
    expect(await raced(["alice", "request"], ["bob", "request"], nothing)).toEqual({
      results: ["ok", "ok"],
      lists: [{ bob: "contact" }, { alice: "contact" }],
      told: [["bob: accept"], ["alice: request"]],
    });
  });

  it("an acceptance before a cancellation makes contacts", async () => {
    expect(await raced(["bob", "accept"], ["alice", "cancel"], asked)).toEqual({
      results: ["ok", "notApplicable"],
      lists: [{ bob: "contact" }, { alice: "contact" }],
      told: [["bob: accept"], ["alice: request"]],
    });
  });

  it("a cancellation before an acceptance leaves nothing to accept", async () => {
    expect(await raced(["alice", "cancel"], ["bob", "accept"], asked)).toEqual({
      results: ["ok", "notApplicable"],
      lists: [{}, {}],
      told: [[], ["alice: request"]],
    });
  });

  it("a block before a request leaves the request with who asked", async () => {
    expect(await raced(["bob", "block"], ["alice", "request"], nothing)).toEqual({
      results: ["ok", "ok"],
      lists: [{ bob: "requested" }, { alice: "none, blocked" }],
      told: [[], []],
    });
  });

  it("a request before a block stands in both lists", async () => {
    expect(await raced(["alice", "request"], ["bob", "block"], nothing)).toEqual({
      results: ["ok", "ok"],
      lists: [{ bob: "requested" }, { alice: "received, blocked" }],
      told: [[], ["alice: request"]],
    });
  });

  it("two who block each other both have, and two who remove each other have done it once", async () => {
    const both = ({ alice, bob }: Pair): Promise<void> => befriend(alice, bob);
    expect(await raced(["alice", "block"], ["bob", "block"], both)).toMatchObject({
      results: ["ok", "ok"],
      lists: [{ bob: "contact, blocked" }, { alice: "contact, blocked" }],
    });
    expect(await raced(["alice", "remove"], ["bob", "remove"], both)).toMatchObject({
      results: ["ok", "notApplicable"],
      lists: [{}, {}],
    });
  });

  it("a request and a change of the key that it is signed with: what comes second fails", async () => {
    const { model, replies } = await openRace(kind);
    const [alice, bob] = [personOf(model, "alice"), personOf(model, "bob")];
    for (const person of [alice, bob]) await person.register();
    const rotation = async (): Promise<string> =>
      (await alice.ask("rotate", newKey("alice", testKey("another"), 1))).result;
    expect(await replies(rotation, () => about(alice, "request", "bob"))).toEqual(["ok", "unauthorized"]);
    expect(await relationsOf(bob)).toEqual({});
  });

  it("a request that was decided before a policy lets nobody in goes through, whichever is committed first", async () => {
    for (const first of ["request", "policy"]) {
      const { model, replies } = await openRace(kind);
      const [alice, bob] = [personOf(model, "alice"), personOf(model, "bob")];
      for (const person of [alice, bob]) await person.register();
      const deeds = [() => about(alice, "request", "bob"), () => writable(bob, "nobody").then(() => "ok")] as const;
      const [one, two] = first === "request" ? deeds : [deeds[1], deeds[0]];
      expect(await replies(one, two)).toEqual(["ok", "ok"]);
      expect(await relationsOf(bob)).toEqual({ alice: "received" });
    }
  });

  it.each(["message", "block", "policy"])(
    "a message that was decided before a change of mind is delivered, and the next one is not (the %s is asked first)",
    async (first) => {
      const { model, replies } = await openRace(kind);
      const [alice, bob] = [personOf(model, "alice"), personOf(model, "bob")];
      for (const person of [alice, bob]) await person.register();
      const write = (): Promise<string> => alice.send("bob", "hi").then(({ result }) => result);
      const refuse = (): Promise<string> =>
        first === "policy" ? writable(bob, "nobody").then(() => "ok") : about(bob, "block", "alice");
      expect(await (first === "message" ? replies(write, refuse) : replies(refuse, write))).toEqual(["ok", "ok"]);
      expect(await write()).toBe("ok");
      expect(await bob.fetch()).toHaveLength(1);
    },
  );

  it("of an acceptance and a removal of the request's user one is told that there is nobody", async () => {
    const { model, replies } = await openRace(kind);
    const [alice, bob] = [personOf(model, "alice"), personOf(model, "bob")];
    for (const person of [alice, bob]) await person.register();
    await about(alice, "request", "bob");
    const leave = (): Promise<string> => alice.ask("release", {}).then(({ result }) => result);
    expect(await replies(leave, () => about(bob, "accept", "alice"))).toEqual(["ok", "notFound"]);
    expect(await relationsOf(bob)).toEqual({});
  });
});
