/** Changes of a user's key, decided on the same rows as something else of the same user, and committed first or second. */
import { describe, expect, it } from "vitest";
import { routeOf, userByName } from "../../../../src/store/rows.js";
import type { User } from "../../../../src/store/rows.js";
import { STORES, type V2Model } from "../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../support/v2-person.js";
import { openRace } from "../../../support/v2-race.js";
import { anonymous, named, newKey, testKey } from "../../../support/v2-requests.js";

type Deed = () => Promise<{ readonly result: string }>;
type Name = keyof Awaited<ReturnType<typeof deedsOf>>;

const THIEF = testKey("thief");
const NEXT = testKey("next");
const RESCUE = testKey("rescue");

/** What alice, and who has stolen her key, can do at once. */
async function deedsOf(model: V2Model, alice: Person) {
  const offer = await model.ask("new tag", anonymous("login", { name: named("alice") }, freshId()));
  if (offer.result !== "ok" || offer.action !== "login") throw new Error("no challenge");
  const { challenge } = offer.answer;
  const login = alice.signed("prove", { purpose: "login", challenge });
  return {
    login: () => model.ask("new tag", login),
    logout: () => alice.ask("logout", {}),
    message: () => alice.send("bob", "hi"),
    rotation: () => alice.ask("rotate", newKey("alice", NEXT, 1)),
    theft: () => alice.ask("rotate", newKey("alice", THIEF, 1, testKey("thief's recovery key"))),
    recovery: () => alice.ask("recover", newKey("alice", RESCUE, 1), { key: alice.recovery }),
    "another recovery": () => alice.ask("recover", newKey("alice", testKey("another"), 1), { key: alice.recovery }),
  } as const satisfies Readonly<Record<string, Deed>>;
}

async function raced(kind: (typeof STORES)[number], first: Name, second: Name) {
  const { model, replies } = await openRace(kind);
  const [alice, bob] = [personOf(model, "alice"), personOf(model, "bob")];
  for (const person of [alice, bob]) await person.register();
  const deeds = await deedsOf(model, alice);
  const results = (await replies<{ readonly result: string }>(deeds[first], deeds[second])).map(({ result }) => result);
  const user = (await model.store.load([userByName("alice")]))[0] as User;
  const [route] = await model.store.load([routeOf(user.id)]);
  return {
    results,
    version: user.keyVersion,
    key: Buffer.from(user.key),
    routed: route !== undefined,
    model,
    alice,
    bob,
  };
}

describe.each(STORES)("of two at once, over a store in %s", (kind) => {
  it("a log-in that comes after a rotation is nobody's, and one that came before it is ended by it", async () => {
    const after = await raced(kind, "rotation", "login");
    expect(after).toMatchObject({ results: ["ok", "unauthorized"], version: 2, routed: false });
    const before = await raced(kind, "login", "rotation");
    expect(before).toMatchObject({ results: ["ok", "ok"], version: 2, routed: false });
    for (const { key, model, alice } of [after, before]) {
      expect(key).toEqual(Buffer.from(NEXT.der));
      Object.assign(alice, { key: NEXT, keyVersion: 2 });
      expect(await alice.login("new tag")).toMatchObject({ result: "ok" });
      const user = (await model.store.load([userByName("alice")]))[0] as User;
      expect((await model.store.load([routeOf(user.id)]))[0]).toBeDefined();
    }
  });

  it.each(["login", "logout", "message"] as const)("a %s that comes after a recovery is nobody's", async (deed) => {
    expect(await raced(kind, "recovery", deed)).toMatchObject({
      ...{ results: ["ok", "unauthorized"], version: 2, routed: false },
    });
    expect(await raced(kind, deed, "recovery")).toMatchObject({ results: ["ok", "ok"], version: 2, routed: false });
  });

  it("a logout of the old key does not end the route of the new one", async () => {
    expect((await raced(kind, "rotation", "logout")).results).toEqual(["ok", "unauthorized"]);
  });

  it("a theft and a recovery end with the owner, whichever is first", async () => {
    const stolen = await raced(kind, "theft", "recovery");
    expect(stolen).toMatchObject({ results: ["ok", "ok"], version: 3, key: Buffer.from(RESCUE.der) });
    const saved = await raced(kind, "recovery", "theft");
    expect(saved).toMatchObject({ results: ["ok", "unauthorized"], version: 2, key: Buffer.from(RESCUE.der) });
    for (const { model, alice } of [stolen, saved]) {
      const user = (await model.store.load([userByName("alice")]))[0] as User;
      expect(Buffer.from(user.recoveryKey ?? [])).toEqual(Buffer.from(alice.recovery.der));
    }
  });

  it("a rotation and a recovery both hold, if the rotation is first", async () => {
    expect(await raced(kind, "rotation", "recovery")).toMatchObject({ results: ["ok", "ok"], version: 3 });
    expect(await raced(kind, "recovery", "rotation")).toMatchObject({ results: ["ok", "unauthorized"], version: 2 });
  });

  it("two recoveries both hold, and the second one is in force", async () => {
    const { results, version, key } = await raced(kind, "recovery", "another recovery");
    expect({ results, version, key }).toEqual({
      results: ["ok", "ok"],
      version: 3,
      key: Buffer.from(testKey("another").der),
    });
  });
});
