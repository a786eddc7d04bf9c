/** The history of a user: sealed copies of what they sent, and what of others' they have not acknowledged. */
import { beforeEach, describe, expect, it } from "vitest";
import type { GroupId } from "../../../../src/protocol/v2/groups.js";
import type { KeptCopy, UnreadMessages } from "../../../../src/protocol/v2/history.js";
import { hourAfter } from "../../../../src/util/time.js";
import { NOW, settings } from "../../../support/actions.js";
import { about, writable } from "../../../support/contact-talk.js";
import { V1User } from "../../../support/v1-user.js";
import { openV2Model, STORES, type V2Model } from "../../../support/v2-model.js";
import { groupId, groupTalk } from "../../../support/v2-groups.js";
import { freshId, type Person, personOf } from "../../../support/v2-person.js";
import { named, newKey, testKey } from "../../../support/v2-requests.js";

const HOUR = 3_600_000;

describe.each(STORES)("a history over a store in %s", (kind) => {
  let model: V2Model;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  async function open(history = settings.history, limits = { messages: 2_000, bytes: 1e7 }): Promise<void> {
    model = await openV2Model(kind, { settings: { history }, limits });
    [alice, bob, carol] = [personOf(model, "Alice"), personOf(model, "bob"), personOf(model, "carol")];
    for (const person of [alice, bob, carol]) expect(await person.register()).toMatchObject({ result: "ok" });
  }
  beforeEach(() => open());

  const sent = (text: string, to = "bob", id = freshId(), copy = `sealed: ${text}`) =>
    alice.send(to, text, { id, copy: Buffer.from(copy) });

  async function page(
    body: { name?: string; group?: GroupId; after?: number; packets?: number } = {},
    by = alice,
  ): Promise<{ readonly copies: readonly KeptCopy[]; readonly more: boolean }> {
    const { name, group, after = 0, packets = 10 } = body;
    const of = { ...(name !== undefined && { name: named(name) }), ...(group && { group }) };
    const reply = await by.ask("history", { ...of, after, packets });
    if (reply.result !== "ok" || reply.action !== "history") throw new Error(`a history was answered ${reply.result}`);
    return reply.answer;
  }
  const textsOf = async (...asked: Parameters<typeof page>): Promise<string[]> =>
    (await page(...asked)).copies.map(({ copy }) => Buffer.from(copy).toString());

  async function unreadOf(
    by: Person,
    after = 0,
    packets = 10,
  ): Promise<{ readonly senders: readonly UnreadMessages[]; readonly more: boolean }> {
    const reply = await by.ask("unread", { after, packets });
    if (reply.result !== "ok" || reply.action !== "unread") throw new Error(`unread was answered ${reply.result}`);
    return reply.answer;
  }

  describe("copies", () => {
    it("are kept with what is sent, and come back by conversation, whatever the case of the name", async () => {
      const id = freshId();
      expect(await sent("one", "BOB", id)).toMatchObject({ result: "ok" });
      await model.pass(2 * HOUR);
      await sent("two", "carol");
      await sent("three");
      await alice.send("bob", "without a copy");
      expect(await page({ name: "Bob" })).toEqual({
        copies: [
          { cursor: 1, id, hour: hourAfter(NOW), copy: new Uint8Array(Buffer.from("sealed: one")) },
          expect.objectContaining({ cursor: 3, hour: hourAfter(NOW + 2 * HOUR) }),
        ],
        more: false,
      });
      expect(await textsOf()).toEqual(["sealed: one", "sealed: two", "sealed: three"]);
      expect(await textsOf({ after: 1 })).toEqual(["sealed: two", "sealed: three"]);
      expect(await textsOf({ name: "nobody" })).toEqual([]);
      expect(await textsOf({}, bob)).toEqual([]);
    });

    it("are kept once, and are a part of the request", async () => {
      const id = freshId();
      for (let times = 0; times < 2; times++) expect(await sent("one", "bob", id)).toMatchObject({ result: "ok" });
      expect(await sent("one", "bob", id, "sealed anew")).toMatchObject({ result: "idReused" });
      expect(await alice.send("bob", "one", { id })).toMatchObject({ result: "idReused" });
      expect(await textsOf()).toEqual(["sealed: one"]);
    });

    it("of what could not be sent are not kept", async () => {
      await open(settings.history, { messages: 32, bytes: 1e6 });
      expect(await sent("one", "nobody")).toMatchObject({ result: "notFound" });
      const large = "x".repeat(settings.maxBodyBytes + 1);
      expect(await sent("one", "bob", freshId(), large)).toMatchObject({ result: "tooLarge" });
      expect(await sent(large)).toMatchObject({ result: "tooLarge" });
      for (const text of ["one", "two"]) expect(await sent(text)).toMatchObject({ result: "ok" });
      expect(await sent("three")).toMatchObject({ result: "mailboxFull" });
      expect(await textsOf()).toEqual(["sealed: one", "sealed: two"]);
    });

    it("that are larger than a history may be are refused, and others give way to new ones", async () => {
      await open({ copies: 3, bytes: 20 });
      expect(await sent("1", "bob", freshId(), "x".repeat(21))).toMatchObject({ result: "tooLarge" });
      for (const text of ["a", "b", "c", "d"]) await sent(text, "bob", freshId(), text);
      expect(await textsOf()).toEqual(["b", "c", "d"]);
      await sent("e", "carol", freshId(), "e".repeat(19));
      expect(await textsOf()).toEqual(["d", "e".repeat(19)]);
    });

    it("say nothing of whether the recipient hears their sender", async () => {
      await sent("heard");
      await about(bob, "block", "alice");
      expect(await sent("not heard")).toMatchObject({ result: "ok" });
      expect(await textsOf({ name: "bob" })).toEqual(["sealed: heard", "sealed: not heard"]);
      await writable(carol, "nobody");
      const changes = async (to: string): Promise<number> => {
        const before = model.committed.length;
        await sent("again", to);
        return model.committed.length - before;
      };
      await about(bob, "unblock", "alice");
      expect(await changes("carol")).toBe(await changes("bob"));
    });

    it("of what a user of v1 is sent are kept as well", async () => {
      const dave = new V1User("Dave", "dave");
      const offered = (await model.askV1("dave", dave.register())) as { readonly nonce: string };
      await model.askV1("dave", dave.registrationResponse(offered.nonce));
      expect(await sent('"hello"', "dave")).toMatchObject({ result: "ok" });
      expect(await textsOf({ name: "dave" })).toEqual(['sealed: "hello"']);
    });

    it("of what is sent to a group are kept as well, and are its own conversation", async () => {
      const talk = groupTalk(model, "friends");
      const { group } = talk;
      await talk.create(alice);
      await talk.did([bob, { verb: "join" }]);
      const id = freshId();
      const tell = (copy: string, to: GroupId) =>
        alice.ask("groupSend", { group: to, body: Buffer.from("hello"), copy: Buffer.from(copy) }, { id });
      expect(await tell("x".repeat(settings.maxBodyBytes + 1), group)).toMatchObject({ result: "tooLarge" });
      expect(await tell("sealed: hello", groupId("none"))).toMatchObject({ result: "notFound" });
      for (let times = 0; times < 2; times++)
        expect(await tell("sealed: hello", group)).toMatchObject({ result: "ok" });
      await sent("one");
      expect((await page({ group })).copies).toMatchObject([
        { cursor: 1, id, copy: new Uint8Array(Buffer.from("sealed: hello")) },
      ]);
      expect(await textsOf({ name: "bob" })).toEqual(["sealed: one"]);
      expect(await textsOf()).toEqual(["sealed: hello", "sealed: one"]);
      expect(await textsOf({ group }, bob)).toEqual([]);
      const { senders } = await unreadOf(bob);
      expect(senders.map(({ sender, group: of, messages }) => [sender, of, messages])).toEqual([
        ["Alice", group, 1],
        ["Alice", undefined, 1],
      ]);
    });

    it("come in pages that fit the packets, the first alone in as many as SURBs cover", async () => {
      await open({ copies: 50, bytes: 1_000_000 });
      const texts = Array.from({ length: 30 }, (_, number) => `${number} ${"x".repeat(200)}`);
      for (const text of texts) await sent(text, "bob", freshId(), text);
      const found: string[] = [];
      let pages = 0;
      for (let after = 0, more = true; more; pages++) {
        const { copies, more: others } = await page({ name: "bob", after, packets: 2 });
        found.push(...copies.map(({ copy }) => Buffer.from(copy).toString()));
        [after, more] = [copies.at(-1)?.cursor ?? after, others];
      }
      expect(found).toEqual(texts);
      expect(pages).toBeGreaterThan(2);
      await sent("large", "carol", freshId(), "y".repeat(5_000));
      expect((await page({ name: "carol", packets: 1 })).copies).toHaveLength(1);
      const request = alice.signed("history", { name: named("carol"), after: 0, packets: 1 });
      expect(await model.ask(alice.tag, request, 2)).toMatchObject({ answer: { copies: [], more: true } });
    });

    it("end with their time, and with the name; not with a key, and not with whom they were for", async () => {
      await sent("one");
      await bob.ask("release", {});
      await alice.ask("rotate", newKey("alice", testKey("next"), 1));
      [alice.key, alice.keyVersion] = [testKey("next"), 2];
      expect(await textsOf({ name: "bob" })).toEqual(["sealed: one"]);
      await model.pass(settings.copyTtl - HOUR);
      expect(await textsOf({ name: "bob" })).toEqual(["sealed: one"]);
      await sent("two", "carol");
      await model.pass(2 * HOUR);
      expect(await textsOf()).toEqual(["sealed: two"]);
      await alice.ask("release", {});
      await model.pass(settings.nameHold + HOUR);
      const heir = personOf(model, "Alice", "heir");
      heir.key = testKey("heir");
      expect(await heir.register()).toMatchObject({ result: "ok" });
      expect(await textsOf({}, heir)).toEqual([]);
    });
  });

  describe("unread messages", () => {
    it("are counted for each sender until they are acknowledged, of users of both protocols", async () => {
      const dave = new V1User("Dave", "dave");
      const offered = (await model.askV1("dave", dave.register())) as { readonly nonce: string };
      await model.askV1("dave", dave.registrationResponse(offered.nonce));
      await alice.send("bob", "one", { receipt: true });
      await carol.send("bob", "two");
      await model.askV1("dave", dave.send("bob", '"three"'));
      await alice.send("bob", "four");
      await about(carol, "request", "bob");
      expect(await unreadOf(bob)).toEqual({
        senders: [
          { cursor: 1, sender: "Alice", group: undefined, messages: 2 },
          { cursor: 2, sender: "carol", group: undefined, messages: 1 },
          { cursor: 3, sender: "Dave", group: undefined, messages: 1 },
        ],
        more: false,
      });
      await bob.ask("ack", { ranges: [{ first: 1, last: 2 }] });
      expect((await unreadOf(bob)).senders).toMatchObject([
        { cursor: 3, sender: "Dave" },
        { cursor: 4, sender: "Alice", messages: 1 },
      ]);
      // The receipt that came is no message.
      expect(await alice.fetch()).toMatchObject([{ kind: "receipt" }]);
      expect(await unreadOf(alice)).toEqual({ senders: [], more: false });
    });

    it("are not counted of whom one does not hear", async () => {
      await about(bob, "block", "alice");
      await alice.send("bob", "one");
      expect(await unreadOf(bob)).toEqual({ senders: [], more: false });
    });

    it("come in pages, by the first of each sender", async () => {
      const people = Array.from({ length: 60 }, (_, number) => personOf(model, `sender-with-a-long-name-${number}`));
      for (const person of people) {
        await person.register();
        await person.send("bob", "hello");
      }
      const found: string[] = [];
      let pages = 0;
      for (let after = 0, more = true; more; pages++) {
        const { senders, more: others } = await unreadOf(bob, after, 1);
        found.push(...senders.map(({ sender }) => sender));
        [after, more] = [senders.at(-1)?.cursor ?? after, others];
      }
      expect(found).toEqual(people.map(({ name }) => name));
      expect(pages).toBe(2);
    });
  });
});
