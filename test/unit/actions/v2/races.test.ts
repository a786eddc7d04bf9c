/** Decisions that were taken on the same rows and are committed one after the other, in either order. */
import { describe, expect, it } from "vitest";
import { userByName } from "../../../../src/store/rows.js";
import type { V2Request } from "../../../../src/protocol/v2/request.js";
import type { V2Model } from "../../../support/v2-model.js";
import { createRace } from "../../../support/v2-race.js";
import { freshId, type Person, personOf } from "../../../support/v2-person.js";
import { anonymous, named, newKey, testKey } from "../../../support/v2-requests.js";

type Ask = () => Promise<{ readonly result: string }>;

/** A model in which two commits can be made to wait for each other. */
function race() {
  const { model, replies } = createRace();
  const results = async (first: Ask, second: Ask): Promise<readonly string[]> =>
    (await replies(first, second)).map(({ result }) => result);
  return { model, results };
}

async function members(model: V2Model): Promise<{ readonly alice: Person; readonly bob: Person }> {
  const [alice, bob] = [personOf(model, "alice"), personOf(model, "bob")];
  for (const person of [alice, bob]) await person.register();
  return { alice, bob };
}

/** A registration of `zoe` from that tag, with the challenge in hand. */
async function registration(model: V2Model, tag: string): Promise<V2Request<"prove">> {
  const zoe = personOf(model, "zoe", tag);
  zoe.key = testKey(tag);
  const offer = await model.ask(tag, anonymous("register", { name: named("zoe"), key: zoe.key.raw }, freshId()));
  if (offer.result !== "ok" || offer.action !== "register") throw new Error("no challenge");
  return zoe.signed("prove", { purpose: "registration", challenge: offer.answer.challenge, key: zoe.key.raw });
}

async function keyOf(model: V2Model, name: string): Promise<unknown> {
  return (await model.store.load([userByName(name)]))[0];
}

describe("of two at once", () => {
  it("one gets the name", async () => {
    const { model, results } = race();
    const [one, two] = [await registration(model, "one"), await registration(model, "two")];
    expect(
      await results(
        () => model.ask("one", one),
        () => model.ask("two", two),
      ),
    ).toEqual(["ok", "nameUnavailable"]);
    expect(await keyOf(model, "zoe")).toMatchObject({ key: testKey("one").der });
  });

  it("both are the same registration, and there is one user", async () => {
    const { model, results } = race();
    const request = await registration(model, "one");
    const ask = () => model.ask("one", request);
    expect(await results(ask, ask)).toEqual(["ok", "ok"]);
    expect(model.committed.filter(({ kind }) => kind === "insertUser")).toHaveLength(1);
  });

  it("both are the same message, and it is stored once", async () => {
    const { model, results } = race();
    const { alice, bob } = await members(model);
    const id = freshId();
    const ask = () => alice.send("bob", "hi", { id });
    expect(await results(ask, ask)).toEqual(["ok", "ok"]);
    expect(await bob.fetch()).toHaveLength(1);
  });

  it("one has the request id, and the other is no message", async () => {
    const { model, results } = race();
    const { alice, bob } = await members(model);
    const id = freshId();
    const say = (text: string) => () => alice.send("bob", text, { id });
    expect(await results(say("one"), say("two"))).toEqual(["ok", "idReused"]);
    expect(await bob.fetch()).toHaveLength(1);
  });

  it("one rotation holds, and the other's key is gone", async () => {
    const { model, results } = race();
    const { alice } = await members(model);
    const rotate = (key: string) => () => alice.ask("rotate", newKey("alice", testKey(key), 1));
    expect(await results(rotate("one"), rotate("two"))).toEqual(["ok", "unauthorized"]);
    expect(await keyOf(model, "alice")).toMatchObject({ key: testKey("one").der, keyVersion: 2 });
  });

  it("both are the same rotation, and the key changes once", async () => {
    const { model, results } = race();
    const { alice } = await members(model);
    const request = alice.signed("rotate", newKey("alice", testKey("one"), 1));
    const ask = () => model.ask("alice", request);
    expect(await results(ask, ask)).toEqual(["ok", "ok"]);
    expect(await keyOf(model, "alice")).toMatchObject({ keyVersion: 2 });
  });

  it("a message to a user who goes is told so", async () => {
    const { model, results } = race();
    const { alice, bob } = await members(model);
    const send = () => alice.send("bob", "hi");
    expect(await results(() => bob.ask("release", {}), send)).toEqual(["ok", "notFound"]);
  });

  it("a message of a user who goes is nobody's", async () => {
    const { model, results } = race();
    const { alice, bob } = await members(model);
    const send = () => alice.send("bob", "hi");
    expect(await results(() => alice.ask("release", {}), send)).toEqual(["ok", "unauthorized"]);
    expect(await bob.fetch()).toEqual([]);
  });

  it("both are the same release", async () => {
    const { model, results } = race();
    const { alice } = await members(model);
    const request = alice.signed("release", {});
    const ask = () => model.ask("alice", request);
    expect(await results(ask, ask)).toEqual(["ok", "ok"]);
    expect(await keyOf(model, "alice")).toBeUndefined();
  });
});
