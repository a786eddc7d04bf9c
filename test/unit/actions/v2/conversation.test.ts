/** What the actions mean together, over a store in memory. */
import { beforeEach, describe, expect, it } from "vitest";
import { decodePayload } from "../../../../src/protocol/v1/incoming.js";
import type { V2Request } from "../../../../src/protocol/v2/request.js";
import { userByName } from "../../../../src/store/rows.js";
import type { User } from "../../../../src/store/rows.js";
import { directory, NOW, settings } from "../../../support/actions.js";
import { V1User } from "../../../support/v1-user.js";
import { openV2Model, STORES, type V2Model } from "../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../support/v2-person.js";
import { anonymous, named, newKey, requestId, testKey } from "../../../support/v2-requests.js";

const HOUR = 3_600_000;

describe.each(STORES)("over a store in %s", (kind) => {
  let model: V2Model;
  let alice: Person;
  let bob: Person;

  beforeEach(async () => {
    model = await openV2Model(kind);
    alice = personOf(model, "Alice");
    bob = personOf(model, "bob");
    for (const person of [alice, bob]) expect(await person.register()).toMatchObject({ result: "ok" });
  });

  const texts = async (person: Person, after = 0) =>
    (await person.fetch(after)).map((item) => (item.kind === "message" ? Buffer.from(item.body).toString() : item));

  async function statesOf(person: Person, ...ids: Parameters<typeof person.ask<"receipts">>[1]["ids"]) {
    const reply = await person.ask("receipts", { ids });
    return reply.result === "ok" && reply.action === "receipts" ? reply.answer.states : reply.result;
  }

  async function statusOf(person: Person, tag = person.tag) {
    const reply = await model.ask(tag, person.signed("status", {}));
    return reply.result === "ok" && reply.action === "status" ? reply.answer : undefined;
  }

  async function userOf(name: string): Promise<User | undefined> {
    const [user] = await model.store.load([userByName(name)]);
    return user as User | undefined;
  }

  /** Everything that was committed because of `ask`. */
  async function effectsOf(ask: () => Promise<unknown>): Promise<readonly string[]> {
    const before = model.committed.length;
    await ask();
    return model.committed.slice(before).map(({ kind }) => kind);
  }

  describe("a conversation", () => {
    it("goes from look-up to receipt", async () => {
      const found = await model.ask("x", anonymous("lookup", { name: named("ALICE") }));
      expect(found).toMatchObject({
        result: "ok",
        answer: { user: { name: "Alice", key: alice.key.raw, keyVersion: 1 } },
      });

      const [first, second] = [freshId(), freshId()];
      expect(await alice.send("BOB", "one", { id: first, receipt: true })).toMatchObject({ result: "ok" });
      expect(await alice.send("bob", "two", { id: second })).toMatchObject({ result: "ok" });
      expect(await statesOf(alice, first, second, freshId())).toEqual(["stored", "stored", "unknown"]);
      expect(await statesOf(bob, first)).toEqual(["unknown"]);
      expect(await texts(bob)).toEqual(["one", "two"]);
      expect(await texts(bob)).toEqual(["one", "two"]);
      expect(await texts(bob, 1)).toEqual(["two"]);
      expect(await statusOf(bob)).toMatchObject({ waiting: { messages: 2 }, lastSequence: 2, routed: true });

      expect(await bob.ask("ack", { ranges: [{ first: 1, last: 1 }] })).toMatchObject({ result: "ok" });
      expect(await texts(bob)).toEqual(["two"]);
      expect(await statesOf(alice, first, second)).toEqual(["delivered", "stored"]);
      expect(await alice.fetch()).toEqual([{ sequence: 1, kind: "receipt", id: first, state: "delivered" }]);
    });

    it("moves the route by log-in only, and ends it by logout", async () => {
      expect(await statusOf(bob, "elsewhere")).toMatchObject({ routed: false });
      expect(await bob.login("elsewhere")).toMatchObject({ result: "ok", answer: { keyVersion: 1 } });
      expect(await statusOf(bob, "elsewhere")).toMatchObject({ routed: true });
      expect(await statusOf(bob)).toMatchObject({ routed: false });
      await bob.send("alice", "from the old tag");
      expect(await statusOf(bob, "elsewhere")).toMatchObject({ routed: true });
      expect(await bob.ask("logout", {})).toMatchObject({ result: "ok" });
      expect(await statusOf(bob, "elsewhere")).toMatchObject({ routed: false });
    });

    it("tells the sender of what nobody fetched", async () => {
      const id = freshId();
      await alice.send("bob", "hello?", { id, hours: 2, receipt: true });
      await model.pass(3 * HOUR + 1);
      expect(await texts(bob)).toEqual([]);
      expect(await statesOf(alice, id)).toEqual(["expired"]);
      expect(await alice.fetch()).toEqual([{ sequence: 1, kind: "receipt", id, state: "expired" }]);
    });

    it("tells the sender that a mailbox is full, and the reader since when, until it is read", async () => {
      model = await openV2Model(kind, { limits: { messages: 64, bytes: 64_000 } });
      [alice, bob] = [personOf(model, "Alice"), personOf(model, "bob")];
      for (const person of [alice, bob]) await person.register();
      const share = 4;
      for (let sent = 0; sent < share; sent++) expect(await alice.send("bob", "fits")).toMatchObject({ result: "ok" });
      const id = freshId();
      expect(await alice.send("bob", "too many", { id })).toMatchObject({ result: "mailboxFull", after: 600 });
      expect(await statesOf(alice, id)).toEqual(["unknown"]);
      expect(await statusOf(bob)).toMatchObject({ fullSince: Math.ceil(NOW / HOUR) });
      await bob.ask("ack", { ranges: [{ first: 1, last: 1 }] });
      expect(await statusOf(bob)).toMatchObject({ fullSince: undefined });
      // What was refused left no trace: the same request is stored now.
      expect(await alice.send("bob", "too many", { id })).toMatchObject({ result: "ok" });
    });
  });

  describe("between the protocols", () => {
    const carol = new V1User("Carol", "carol");
    beforeEach(async () => {
      const offered = (await model.askV1("carol", carol.register())) as { readonly nonce: string };
      expect(await model.askV1("carol", carol.registrationResponse(offered.nonce))).toMatchObject({
        result: "success",
      });
    });

    it("a v1 user's message reaches a v2 user as it was written", async () => {
      expect(await model.askV1("carol", carol.send("alice", '{"b":  1}'))).toMatchObject({ result: "success" });
      expect(await alice.fetch()).toEqual([
        { sequence: 1, kind: "v1", dialect: "long", content: '{"sender": "Carol", "body": {"b":  1}}' },
      ]);
    });

    it("a v2 user's message waits for a v1 user in the v1 form", async () => {
      const id = freshId();
      expect(await alice.send("carol", '"hi"', { id })).toMatchObject({ result: "ok" });
      const user = await userOf("carol");
      const [delivery] = await model.store.deliveries(user?.id ?? (0 as User["id"]), 0, 1);
      expect(decodePayload(delivery?.payload ?? new Uint8Array())).toEqual({
        dialect: "long",
        content: '{"sender": "Alice", "body": "hi"}',
      });
      expect(await alice.send("carol", "not JSON")).toMatchObject({ result: "recipientV1" });
      const erase = { kind: "eraseDeliveries", recipient: delivery?.recipient, sequences: [1], as: "handedOver" };
      await model.store.commit([[erase as never]]);
      expect(await statesOf(alice, id)).toEqual(["handedOver"]);
    });

    it("names are one space", async () => {
      expect(await personOf(model, "cAROL").register()).toMatchObject({ result: "nameUnavailable" });
      expect(await model.askV1("x", new V1User("ALICE").register())).toMatchObject({
        result: "error: username already in use",
      });
      const found = await model.ask("x", anonymous("lookup", { name: named("carol") }));
      expect(found).toMatchObject({ answer: { user: { name: "Carol", algorithm: "p256" } } });
      const reply = await model.askV1("x", JSON.stringify({ action: "query", username: "alice" }));
      expect(reply).toMatchObject({ kind: "queryResponse", found: { name: "Alice" } });
    });

    it("a user of one cannot log in, send or sign in the other", async () => {
      expect(await personOf(model, "carol").login()).toMatchObject({ result: "unauthorized" });
      expect(await personOf(model, "carol").ask("rotate", newKey("carol", testKey("x"), 1))).toMatchObject({
        result: "unauthorized",
      });
      const mallory = new V1User("Alice", "mallory");
      const offered = (await model.askV1("mallory", mallory.login())) as { readonly nonce: string };
      expect(await model.askV1("mallory", mallory.loginResponse(offered.nonce))).toMatchObject({
        result: "error: invalid signature",
      });
      expect(await model.askV1("mallory", mallory.send("bob", "1"))).toMatchObject({
        result: "error: invalid signature",
      });
    });
  });

  describe("who is not who they say", () => {
    it("is unauthorized, whatever is wrong", async () => {
      const body = { recipient: named("bob"), body: Buffer.from("hi"), receipt: false };
      const honest = alice.signed("send", body);
      const forged: readonly V2Request[] = [
        alice.signed("send", body, { key: bob.key }),
        alice.signed("send", body, { keyVersion: 2 }),
        alice.signed("send", body, { name: "nobody" }),
        alice.signed("send", body, { name: "bob" }),
        alice.signed("send", body, { audience: { ...directory, identity: new Uint8Array(32) } }),
        alice.signed("send", body, { audience: { ...directory, epoch: 2 } }),
        { ...honest, id: freshId() },
        { ...honest, body: { ...body, body: Buffer.from("ho") } },
        { ...honest, body: { ...body, receipt: true } },
        { ...honest, auth: { ...honest.auth, time: honest.auth.time + 1 } },
        { ...honest, auth: { ...honest.auth, signature: new Uint8Array(64) } },
      ];
      for (const request of forged) expect(await model.ask("x", request)).toMatchObject({ result: "unauthorized" });
      expect(await model.ask("x", honest)).toMatchObject({ result: "ok" });
      expect(await texts(bob)).toEqual(["hi"]);
    });

    it("may write the name in another case, and sends a message once all the same", async () => {
      const body = { recipient: named("bob"), body: Buffer.from("hi"), receipt: false };
      const id = freshId();
      for (const name of ["alice", "ALICE", "Alice"]) {
        expect(await model.ask("x", alice.signed("send", body, { name, id }))).toMatchObject({ result: "ok" });
      }
      expect(await texts(bob)).toEqual(["hi"]);
    });

    it("cannot use a challenge that was sent to somebody else", async () => {
      const offer = await model.ask("alice's", anonymous("login", { name: named("alice") }));
      if (offer.result !== "ok" || offer.action !== "login") throw new Error("no challenge");
      const proof = alice.signed("prove", { purpose: "login", challenge: offer.answer.challenge });
      expect(await model.ask("mallory's", proof)).toMatchObject({ result: "challengeInvalid" });
      expect(await statusOf(alice, "mallory's")).toMatchObject({ routed: false });
      expect(await model.ask("alice's", proof)).toMatchObject({ result: "ok" });
      // Seen by whoever, it moves nothing any more, since its effect was had.
      expect(await effectsOf(() => model.ask("mallory's", proof))).toEqual([]);
      expect(await statusOf(alice, "alice's")).toMatchObject({ routed: true });
    });
  });

  describe("a change of key", () => {
    const next = testKey("Alice's next key");

    async function rotated(): Promise<V2Request<"rotate">> {
      const request = alice.signed("rotate", newKey("alice", next, 1));
      expect(await model.ask("Alice", request)).toMatchObject({ result: "ok", answer: { keyVersion: 2 } });
      return request;
    }

    it("ends the route and the old key", async () => {
      await rotated();
      expect(await alice.send("bob", "old key")).toMatchObject({ result: "unauthorized" });
      [alice.key, alice.keyVersion] = [next, 2];
      expect(await statusOf(alice)).toMatchObject({ keyVersion: 2, routed: false });
      expect(await alice.login()).toMatchObject({ result: "ok", answer: { keyVersion: 2 } });
      expect(await alice.send("bob", "new key")).toMatchObject({ result: "ok" });
    });

    it("whose answer was lost is answered again, to the same bytes and signed anew", async () => {
      const request = await rotated();
      const same = { result: "ok", answer: { keyVersion: 2 } };
      expect(await effectsOf(() => model.ask("Alice", request))).toEqual([]);
      expect(await model.ask("elsewhere", request)).toMatchObject(same);
      const { body, id } = request;
      expect(await alice.ask("rotate", body, { id, time: model.now / 1000 + 5 })).toMatchObject(same);
      expect(await alice.ask("rotate", body, { id, key: testKey("mallory") })).toMatchObject({
        result: "unauthorized",
      });
      // The old key is good for nothing else, be it with a known id.
      const back = newKey("alice", testKey("another"), 1);
      expect(await alice.ask("rotate", back, { id })).toMatchObject({ result: "unauthorized" });
      expect(await alice.ask("rotate", back)).toMatchObject({ result: "unauthorized" });
      expect(await userOf("alice")).toMatchObject({ keyVersion: 2 });
    });

    it("does not repeat what was sent before it", async () => {
      const id = freshId();
      await alice.send("bob", "once", { id });
      await rotated();
      expect(await alice.send("bob", "once", { id })).toMatchObject({ result: "unauthorized" });
      [alice.key, alice.keyVersion] = [next, 2];
      expect(await alice.send("bob", "once", { id })).toMatchObject({ result: "ok" });
      expect(await texts(bob)).toEqual(["once"]);
    });

    it("needs the new key's own signature, for this user and this version", async () => {
      for (const body of [
        newKey("bob", next, 1),
        newKey("alice", next, 2),
        { ...newKey("alice", next, 1), possession: new Uint8Array(64) },
        { ...newKey("alice", next, 1), key: testKey("somebody else's").raw },
      ])
        expect(await alice.ask("rotate", body)).toMatchObject({ result: "unauthorized" });
    });
  });

  describe("a name", () => {
    it("whose registration was answered in vain is registered by the same request", async () => {
      const zoe = personOf(model, "Zoe");
      const offer = await model.ask("Zoe", anonymous("register", { name: named("Zoe"), key: zoe.key.raw }));
      if (offer.result !== "ok" || offer.action !== "register") throw new Error("no challenge");
      const { challenge } = offer.answer;
      const request = zoe.signed("prove", { purpose: "registration", challenge, key: zoe.key.raw });
      expect(await model.ask("Zoe", request)).toMatchObject({ result: "ok", answer: { keyVersion: 1 } });
      expect(await effectsOf(() => model.ask("Zoe", request))).toEqual([]);
      expect(await model.ask("elsewhere", request)).toMatchObject({ result: "ok", answer: { keyVersion: 1 } });
      const other = zoe.signed("prove", { purpose: "registration", challenge, key: zoe.key.raw });
      expect(await model.ask("Zoe", other)).toMatchObject({ result: "nameUnavailable" });
    });

    it("that is released is nobody's for a while, then anybody's", async () => {
      await bob.send("alice", "unread", { id: requestId("unread") });
      const request = alice.signed("release", {});
      expect(await model.ask("Alice", request)).toMatchObject({ result: "ok" });
      expect(await effectsOf(() => model.ask("Alice", request))).toEqual([]);
      expect(await model.ask("elsewhere", request)).toMatchObject({ result: "ok" });
      expect(await alice.ask("status", {})).toMatchObject({ result: "unauthorized" });
      expect(await statesOf(bob, requestId("unread"))).toEqual(["expired"]);
      expect(await model.ask("x", anonymous("lookup", { name: named("alice") }))).toMatchObject({
        result: "ok",
        answer: { user: undefined },
      });
      expect(await bob.send("alice", "hello?")).toMatchObject({ result: "notFound" });

      const heir = personOf(model, "alice", "heir");
      heir.key = testKey("heir");
      expect(await heir.register()).toMatchObject({ result: "nameUnavailable" });
      await model.pass(settings.nameHold + HOUR);
      expect(await heir.register()).toMatchObject({ result: "ok" });
      expect(await model.ask("Alice", { ...request })).toMatchObject({ result: "unauthorized" });
      expect(await texts(heir)).toEqual([]);
    });

    it("that is held is not registered by who has a challenge from before", async () => {
      const zoe = personOf(model, "zoe");
      await zoe.register();
      await zoe.ask("release", {});
      await model.pass(settings.nameHold + HOUR);
      const offer = await model.ask("early", anonymous("register", { name: named("zoe"), key: testKey("early").raw }));
      if (offer.result !== "ok" || offer.action !== "register") throw new Error("no challenge");
      await zoe.register();
      await zoe.ask("release", {});
      const { challenge } = offer.answer;
      const early = zoe.signed(
        "prove",
        { purpose: "registration", challenge, key: testKey("early").raw },
        { key: testKey("early") },
      );
      expect(await model.ask("early", early)).toMatchObject({ result: "nameUnavailable" });
    });
  });

  describe("a request id", () => {
    it("that was used for one thing is refused for another", async () => {
      const id = freshId();
      expect(await alice.send("bob", "hi", { id })).toMatchObject({ result: "ok" });
      expect(await alice.send("bob", "ho", { id })).toMatchObject({ result: "idReused" });
      expect(await alice.ask("logout", {}, { id })).toMatchObject({ result: "idReused" });
      expect(await alice.ask("rotate", newKey("alice", testKey("x"), 1), { id })).toMatchObject({ result: "idReused" });
      expect(await alice.ask("release", {}, { id })).toMatchObject({ result: "idReused" });
      expect(await bob.send("alice", "mine", { id })).toMatchObject({ result: "ok" });
      expect(await statesOf(alice, id)).toEqual(["stored"]);
    });

    it("is remembered past the last moment at which its request could come again", async () => {
      const late = NOW / 1000 + settings.requestWindow / 1000;
      const request = alice.signed("logout", {}, { time: late });
      expect(await model.ask("Alice", request)).toMatchObject({ result: "ok" });
      await model.pass(2 * settings.requestWindow);
      expect(await effectsOf(() => model.ask("Alice", request))).toEqual([]);
      expect(await model.ask("Alice", request)).toMatchObject({ result: "ok" });
      await model.pass(1000);
      expect(await model.ask("Alice", request)).toMatchObject({ result: "outsideWindow" });
    });
  });
});
