/** Requests about one user's prekeys that are decided on the same rows, and committed one after the other. */
import { describe, expect, it } from "vitest";
import { STORES } from "../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../support/v2-person.js";
import { type Publication, publicationOf, takenIn } from "../../../support/v2-prekeys.js";
import { openRace, type Race } from "../../../support/v2-race.js";
import { named, newKey, testKey } from "../../../support/v2-requests.js";

const ALL = { signed: 1, lastResort: 2 } as const;

type Ask = () => ReturnType<Person["ask"]>;

interface Scene extends Race {
  readonly results: (...asks: readonly [Ask, Ask]) => Promise<readonly string[]>;
  readonly alice: Person;
  readonly take: (by: string, id?: ReturnType<typeof freshId>) => () => ReturnType<Person["ask"]>;
  readonly publish: (of: Publication) => () => ReturnType<Person["ask"]>;
}

/** Alice has published, bob and carol may take. */
async function sceneOver(
  kind: (typeof STORES)[number],
  published: Publication,
  prekeys = { most: 10, perHour: 1_000, low: 0 },
): Promise<Scene> {
  const on = await openRace(kind, { settings: { prekeys } });
  const people = new Map(["alice", "bob", "carol"].map((name) => [name, personOf(on.model, name)]));
  for (const person of people.values()) await person.register();
  const person = (name: string): Person => people.get(name) ?? personOf(on.model, name);
  const alice = person("alice");
  const publish = (of: Publication) => () => alice.ask("publish", publicationOf(alice, of));
  expect(await publish(published)()).toMatchObject({ result: "ok" });
  return {
    ...on,
    results: async (...asks) => (await on.replies(...asks)).map(({ result }) => result),
    alice,
    publish,
    take:
      (by, id = freshId()) =>
      () =>
        person(by).ask("take", { name: named("alice") }, { id }),
  };
}

describe.each(STORES)("of two at once, over a store in %s", (kind) => {
  const scene = (published: Publication, prekeys?: Parameters<typeof sceneOver>[2]): Promise<Scene> =>
    sceneOver(kind, published, prekeys);

  it("one takes the last one-time prekey, and the other gets the last resort", async () => {
    const { replies, take } = await scene({ ...ALL, oneTime: [7] });
    expect((await replies(take("bob"), take("carol"))).map(takenIn)).toEqual([7, "last resort"]);
  });

  it("both take one, and not the same", async () => {
    const { replies, take } = await scene({ ...ALL, oneTime: [7, 8] });
    expect((await replies(take("bob"), take("carol"))).map(takenIn).toSorted()).toEqual([7, 8]);
  });

  it("both are the same request, and get the same prekey", async () => {
    const { replies, take } = await scene({ ...ALL, oneTime: [7, 8] });
    const again = take("bob", freshId());
    const [one, other] = (await replies(again, again)).map(takenIn);
    expect(one).toBe(other);
    expect(takenIn(await take("carol")())).toBe(15 - Number(one));
  });

  it("one has the last of the hour, and the other gets the last resort", async () => {
    const { replies, take } = await scene({ ...ALL, oneTime: [7, 8] }, { most: 10, perHour: 2, low: 0 });
    const found = (await replies(take("bob"), take("carol"))).map(takenIn);
    expect(found.map((each) => typeof each)).toEqual(["number", "string"]);
  });

  it("a publication drops what somebody would have taken, who gets one of the new ones", async () => {
    const { replies, take, publish } = await scene({ ...ALL, oneTime: [7] });
    const [, reply] = await replies(publish({ oneTime: [9], replace: true }), take("bob"));
    expect(reply && takenIn(reply)).toBe(9);
  });

  it("a prekey is taken before a publication drops it, and stays taken", async () => {
    const { replies, take, publish } = await scene({ ...ALL, oneTime: [7] });
    const id = freshId();
    const [reply, published] = await replies(take("bob", id), publish({ oneTime: [9], replace: true }));
    expect(reply && takenIn(reply)).toBe(7);
    expect(published).toMatchObject({ answer: { count: 1 } });
    expect(takenIn(await take("bob", id)())).toBe(7);
  });

  it("publications that are too many together are not both taken in", async () => {
    const { results, publish } = await scene({ oneTime: [1] }, { most: 3, perHour: 9, low: 0 });
    expect(await results(publish({ oneTime: [2, 3] }), publish({ oneTime: [4] }))).toEqual(["ok", "tooLarge"]);
  });

  it("a change of key voids what somebody would have taken", async () => {
    const { alice, results, take } = await scene({ ...ALL, oneTime: [7] });
    const rotate = () => alice.ask("rotate", newKey("alice", testKey("next"), 1));
    expect(await results(rotate, take("bob"))).toEqual(["ok", "notApplicable"]);
  });

  it.each([{ oneTime: [7] }, {}])(
    "a take with a key that its owner has just replaced is nobody's: %j",
    async (supply) => {
      const { model, results, take } = await scene({ ...ALL, ...supply });
      const bob = personOf(model, "bob");
      const rotate = () => bob.ask("rotate", newKey("bob", testKey("next"), 1));
      expect(await results(rotate, take("bob"))).toEqual(["ok", "unauthorized"]);
      expect(takenIn(await take("carol")())).toBe(supply.oneTime?.[0] ?? "last resort");
    },
  );

  it("a publication with the key that is being replaced is nobody's", async () => {
    const { alice, results, publish } = await scene(ALL);
    const rotate = () => alice.ask("rotate", newKey("alice", testKey("next"), 1));
    expect(await results(rotate, publish({ oneTime: [7] }))).toEqual(["ok", "unauthorized"]);
  });
});
