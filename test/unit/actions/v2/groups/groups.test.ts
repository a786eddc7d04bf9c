/** Groups, as all their actions mean them together, over every store. */
import { verify } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { ed25519Der } from "../../../../../src/protocol/v2/ed25519.js";
import type { GroupChange } from "../../../../../src/protocol/v2/groups.js";
import { groupChangeText } from "../../../../../src/protocol/v2/signed-texts.js";
import { directory } from "../../../../support/actions.js";
import { about, befriend, writable } from "../../../../support/contact-talk.js";
import { V1User } from "../../../../support/v1-user.js";
import {
  asking,
  changeOf,
  foundingOf,
  groupId,
  groupTalk,
  type GroupTalk,
  invitation,
  profileOf,
} from "../../../../support/v2-groups.js";
import { type ModelOptions, openV2Model, STORES, type V2Model } from "../../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../../support/v2-person.js";
import { anonymous, named, newKey, testKey } from "../../../../support/v2-requests.js";

const NAMES = ["Alice", "bob", "carol", "dave"] as const;

describe.each(STORES)("groups, in %s", (kind) => {
  let model: V2Model;
  let people: Record<(typeof NAMES)[number], Person>;
  let talk: GroupTalk;

  const open = async (options?: ModelOptions): Promise<void> => {
    model = await openV2Model(kind, options);
    people = Object.fromEntries(NAMES.map((name) => [name, personOf(model, name)])) as typeof people;
    for (const person of Object.values(people)) await person.register();
    talk = groupTalk(model, "the group");
  };
  beforeEach(() => open());

  const events = async (person: Person): Promise<readonly number[]> =>
    (await person.fetch()).flatMap((item) => (item.kind === "groupEvent" ? item.groupSequence : []));
  const join: GroupChange = { verb: "join" };
  const lookUp = (label = "the group") => model.ask("x", anonymous("group", { group: groupId(label) }, freshId()));

  it("are founded once, whoever asks again", async () => {
    const { Alice, bob } = people;
    const request = Alice.signed("groupCreate", foundingOf(talk.group, profileOf(), Alice));
    expect(await model.ask("Alice", request)).toMatchObject({ result: "ok", answer: {} });
    expect(await model.ask("Alice", request)).toMatchObject({ result: "ok", answer: {} });
    expect(await talk.create(Alice)).toMatchObject({ result: "notApplicable" });
    expect(await talk.create(bob)).toMatchObject({ result: "notApplicable" });
    expect(await talk.members(Alice)).toEqual(["Alice owner"]);
  });

  it("are told to anybody by their id if they are listed, and are like none if they are not", async () => {
    await talk.create(people.Alice, { name: "Übergruppe 🦉" });
    await groupTalk(model, "secret").create(people.Alice, { listed: false, join: "invitation" });
    const profile = profileOf({ name: "Übergruppe 🦉" });
    expect(await lookUp()).toMatchObject({
      answer: { group: talk.group, found: { profile, members: 1, sequence: 1 } },
    });
    for (const label of ["secret", "none"]) {
      expect(await lookUp(label)).toMatchObject({ result: "ok", answer: { group: groupId(label), found: undefined } });
    }
  });

  it("take in whoever accepts an invitation, and tell who must know", async () => {
    const { Alice, bob, carol } = people;
    await talk.create(Alice, { listed: false, join: "invitation" });
    await talk.invite(Alice, bob);
    expect(await events(bob)).toEqual([2]);
    expect(await talk.members(bob)).toEqual(["Alice owner", "bob invited"]);
    await talk.did([bob, { verb: "accept" }]);
    expect(await events(Alice)).toEqual([3]);
    await talk.invite(Alice, carol);
    // What managers do about somebody who is not in it concerns no member.
    expect(await events(bob)).toEqual([2]);
    await talk.did([carol, { verb: "decline" }]);
    expect(await events(Alice)).toEqual([3, 5]);
    expect(await talk.members(bob)).toEqual(["Alice owner", "bob member"]);
    expect(await talk.row()).toMatchObject({ sequence: 5, members: 2, invited: 0, asking: 0 });
  });

  it("keep invitations by whom somebody does not hear, and tell them nothing of it", async () => {
    const { Alice, bob, carol, dave } = people;
    await talk.create(Alice, { join: "invitation" });
    await about(bob, "block", "Alice");
    await writable(carol, "contacts");
    for (const person of [bob, carol, dave]) await talk.invite(Alice, person);
    for (const { name } of [bob, carol, dave]) await talk.did([Alice, { verb: "revoke", name: named(name) }]);
    for (const person of [bob, carol, dave]) await talk.invite(Alice, person);
    expect(await talk.members(Alice)).toEqual(["Alice owner", "bob invited", "carol invited", "dave invited"]);
    expect([await events(bob), await events(carol), await events(dave)]).toEqual([[], [], [4, 7, 10]]);
    await befriend(Alice, carol);
    await talk.did([Alice, { verb: "revoke", name: named("carol") }]);
    expect(await events(carol)).toEqual([11]);
  });

  it("take in whoever is approved, and nobody who is refused or withdraws", async () => {
    const { Alice, bob, carol, dave } = people;
    await talk.create(Alice, { join: "request" });
    await talk.did([bob, asking], [carol, asking], [dave, asking]);
    expect(await talk.members(Alice)).toEqual(["Alice owner", "bob asking", "carol asking", "dave asking"]);
    await talk.did(
      [Alice, { verb: "approve", name: named("BOB") }],
      [Alice, { verb: "refuse", name: named("carol") }],
      [dave, { verb: "withdraw" }],
    );
    expect(await talk.members(bob)).toEqual(["Alice owner", "bob member"]);
    expect([await events(bob), await events(carol), await events(dave)]).toEqual([[5], [6], []]);
    expect(await events(Alice)).toEqual([2, 3, 4, 7]);
    expect(await talk.row()).toMatchObject({ members: 2, asking: 0 });
  });

  it("are joined, left, and handed over; their owner cannot just go", async () => {
    const { Alice, bob, carol } = people;
    await talk.create(Alice);
    await talk.did([bob, join], [carol, join]);
    expect(await talk.change(bob, join)).toMatchObject({ result: "notApplicable" });
    expect(await talk.change(Alice, { verb: "leave" })).toMatchObject({ result: "notPermitted" });
    await talk.did([Alice, { verb: "transfer", name: named("carol") }], [bob, { verb: "leave" }]);
    expect(await talk.members(Alice)).toEqual(["Alice admin", "carol owner"]);
    await talk.did([Alice, { verb: "leave" }], [carol, { verb: "dissolve" }]);
    expect(await talk.row()).toBeUndefined();
    expect(await carol.ask("groupLog", { group: talk.group, after: 0, packets: 1 })).toMatchObject({
      result: "notFound",
    });
    expect(await events(carol)).toEqual([4, 5, 6]);
  });

  it("have admins who rank nobody as high as themselves, and remove one another", async () => {
    const { Alice, bob, carol, dave } = people;
    await talk.create(Alice);
    for (const person of [bob, carol, dave]) await talk.did([person, join]);
    const role = (name: string, to: "admin" | "announcer" | "member"): GroupChange => ({
      verb: "role",
      name: named(name),
      role: to,
    });
    await talk.did([Alice, role("bob", "admin")], [Alice, role("carol", "admin")], [bob, role("dave", "announcer")]);
    expect(await talk.change(bob, role("dave", "admin"))).toMatchObject({ result: "notPermitted" });
    expect(await talk.change(bob, role("carol", "member"))).toMatchObject({ result: "notPermitted" });
    expect(await talk.change(bob, role("dave", "announcer"))).toMatchObject({ result: "notApplicable" });
    expect(await talk.change(bob, { verb: "remove", name: named("alice") })).toMatchObject({ result: "notPermitted" });
    await talk.did([bob, { verb: "remove", name: named("carol") }]);
    expect(await talk.members(dave)).toEqual(["Alice owner", "bob admin", "dave announcer"]);
    expect((await events(carol)).at(-1)).toBe(8);
  });

  it("change one after the other: what is not the next change is outdated", async () => {
    const { Alice, bob } = people;
    await talk.create(Alice);
    for (const sequence of [1, 3, 99]) {
      expect(await talk.change(bob, join, sequence)).toMatchObject({ result: "outdated" });
    }
    expect(await talk.change(bob, join, 2)).toMatchObject({ result: "ok" });
    expect(await talk.change(Alice, { verb: "remove", name: named("bob") }, 2)).toMatchObject({ result: "outdated" });
  });

  it("log what was done, with signatures that whoever reads it can check for ever", async () => {
    const { Alice, bob } = people;
    const note = Buffer.from("sealed for the owner");
    await talk.create(Alice, { join: "request" });
    await talk.did([bob, { verb: "request", note }]);
    await Alice.ask("rotate", newKey("Alice", testKey("Alice, later"), 1));
    Alice.key = testKey("Alice, later");
    Alice.keyVersion = 2;
    await talk.did([Alice, { verb: "approve", name: named("Bob") }]);
    const profile = profileOf({ name: "renamed", announcements: true });
    await talk.did([Alice, { verb: "profile", profile }]);
    const log = await talk.log(bob);
    expect(log.map(({ entry }) => entry?.change)).toEqual([
      { verb: "profile", profile: profileOf({ join: "request" }) },
      { verb: "request", note: Uint8Array.from(note) },
      { verb: "approve", name: "bob" },
      { verb: "profile", profile },
    ]);
    for (const { sequence, entry } of log) {
      if (entry === undefined) throw new Error("something is missing");
      const { key, signature, ...by } = entry;
      const text = groupChangeText(directory.identity, { group: talk.group, sequence, ...by });
      const pem = { key: Buffer.from(ed25519Der(key)), format: "der", type: "spki" } as const;
      expect(verify(null, text, pem, signature)).toBe(true);
    }
    expect(log.map(({ entry }) => [entry?.actor, entry?.keyVersion])).toEqual([
      ["Alice", 1],
      ["bob", 1],
      ["Alice", 2],
      ["Alice", 2],
    ]);
  });

  it("go on from where a page ended", async () => {
    const { Alice, bob } = people;
    await talk.create(Alice);
    for (let times = 0; times < 15; times++) await talk.did([bob, join], [bob, { verb: "leave" }]);
    const sequences: number[] = [];
    for (let more = true; more;) {
      const after = sequences.at(-1) ?? 0;
      const reply = await Alice.ask("groupLog", { group: talk.group, after, packets: 1 });
      if (reply.result !== "ok" || reply.action !== "groupLog") throw new Error("no log");
      expect(reply.answer.log.length).toBeGreaterThan(5);
      sequences.push(...reply.answer.log.map(({ sequence }) => sequence));
      more = reply.answer.more;
    }
    expect(sequences).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
    await talk.did([bob, join]);
    const after = await Alice.ask("groupMembers", { group: talk.group, after: 1, packets: 1 });
    expect(after).toMatchObject({
      answer: { members: [{ cursor: 32, name: "bob", standing: "member" }], more: false, sequence: 32, epoch: 1 },
    });
  });

  it("say nothing to whoever has nothing to do with them, and little to whoever asks", async () => {
    const { Alice, bob, carol } = people;
    await talk.create(Alice, { join: "request" });
    await talk.did([bob, asking]);
    const page = { group: talk.group, after: 0, packets: 1 };
    for (const person of [bob, carol]) {
      expect(await person.ask("groupLog", page)).toMatchObject({ result: "notFound" });
      expect(await person.ask("groupMembers", page)).toMatchObject({ result: "notFound" });
    }
    expect(await talk.change(carol, { verb: "leave" })).toMatchObject({ result: "notFound" });
    expect(await talk.change(carol, invitation("dave"))).toMatchObject({ result: "notFound" });
    await talk.did([Alice, { verb: "profile", profile: profileOf({ listed: false, join: "invitation" }) }]);
    for (const change of [join, asking]) expect(await talk.change(carol, change)).toMatchObject({ result: "notFound" });
  });

  it("have no more members than their profile says, nor more who are invited or ask", async () => {
    const { Alice, bob, carol, dave } = people;
    await talk.create(Alice, { maxMembers: 2 });
    await talk.did([bob, join]);
    expect(await talk.change(carol, join)).toMatchObject({ result: "notPermitted" });
    await talk.did([Alice, invitation("carol")], [Alice, invitation("dave")]);
    expect(await talk.change(carol, { verb: "accept" })).toMatchObject({ result: "notPermitted" });
    await talk.did([bob, { verb: "leave" }], [carol, { verb: "accept" }]);
    expect(await talk.change(dave, { verb: "accept" })).toMatchObject({ result: "notPermitted" });
    await personOf(model, "eve").register();
    await talk.did([Alice, invitation("bob")]);
    expect(await talk.change(Alice, invitation("eve"))).toMatchObject({ result: "limited" });
  });

  it("are closed to nobody by invitations of somebody whom they do not hear, who cannot tell", async () => {
    const { Alice, bob, carol, dave } = people;
    for (const person of [Alice, carol]) await about(person, "block", "bob");
    const invite = async (actor: Person, subject: Person, label: string): Promise<string> => {
      const group = groupTalk(model, label);
      await group.create(actor, { listed: false, join: "invitation" });
      return (await group.change(actor, invitation(subject.name))).result;
    };
    const unheard: string[] = [];
    for (let number = 0; number < 10; number++) unheard.push(await invite(bob, Alice, `bob's ${number}`));
    expect(new Set(unheard)).toEqual(new Set(["ok"]));
    expect([await invite(carol, Alice, "carol's"), await invite(dave, Alice, "dave's")]).toEqual(["ok", "ok"]);
    expect(await events(Alice)).toEqual([2, 2]);
    // Bob's groups are as many as he may have, so he gives one up: one more is as much too much as if all had counted.
    await groupTalk(model, "bob's 0").did([bob, { verb: "dissolve" }]);
    expect(await invite(bob, Alice, "bob's last")).toBe("limited");
  });

  it("invite users of v2 who are there", async () => {
    const { Alice } = people;
    await talk.create(Alice);
    const old = new V1User("old", "old");
    const offered = (await model.askV1("old", old.register())) as { readonly nonce: string };
    await model.askV1("old", old.registrationResponse(offered.nonce));
    expect(await talk.change(Alice, invitation("nobody"))).toMatchObject({ result: "notFound" });
    expect(await talk.change(Alice, invitation("old"))).toMatchObject({ result: "recipientV1" });
  });

  it("are no more for one user than the limit, and so are invitations", async () => {
    const { Alice, bob } = people;
    for (let number = 0; number < 10; number++) {
      await groupTalk(model, `alice's ${number}`).create(Alice);
      await groupTalk(model, `alice's ${number}`).invite(Alice, bob);
    }
    expect(await talk.create(Alice)).toMatchObject({ result: "limited" });
    expect(await talk.create(bob)).toMatchObject({ result: "ok" });
    expect(await talk.change(Alice, join)).toMatchObject({ result: "limited" });
    const { carol } = people;
    const carols = groupTalk(model, "carol's");
    await carols.create(carol);
    expect(await carols.change(carol, invitation("bob"))).toMatchObject({ result: "limited" });
    await groupTalk(model, "alice's 0").did([bob, { verb: "accept" }]);
    expect(await carols.change(carol, invitation("bob"))).toMatchObject({ result: "ok" });
  });

  it("are changed by nobody whose second signature does not hold, or is of something else", async () => {
    const { Alice, bob } = people;
    await talk.create(Alice);
    const good = changeOf(talk.group, 2, join, bob);
    for (const other of [
      changeOf(talk.group, 3, join, bob),
      changeOf(groupId("another"), 2, join, bob),
      changeOf(talk.group, 2, asking, bob),
      changeOf(talk.group, 2, join, { ...bob, keyVersion: 2 }),
      changeOf(talk.group, 2, join, { ...bob, name: "carol" }),
      changeOf(talk.group, 2, join, { ...bob, key: testKey("another") }),
      changeOf(talk.group, 2, join, { ...bob, identity: new Uint8Array(32) }),
    ]) {
      const body = { ...good, signature: other.signature };
      expect(await bob.ask("groupChange", body)).toMatchObject({ result: "unauthorized" });
    }
    expect(await bob.ask("groupChange", good)).toMatchObject({ result: "ok" });
  });

  it("have a change made once, and its id is good for no other", async () => {
    const { Alice, bob } = people;
    await talk.create(Alice);
    const id = freshId();
    const body = changeOf(talk.group, 2, join, bob);
    for (const again of [1, 2])
      expect(await bob.ask("groupChange", body, { id }), `${again}`).toMatchObject({ result: "ok" });
    expect(await talk.row()).toMatchObject({ sequence: 2, members: 2 });
    const leave = changeOf(talk.group, 3, { verb: "leave" }, bob);
    expect(await bob.ask("groupChange", leave, { id })).toMatchObject({ result: "idReused" });
  });

  it("bring a message to everybody in them but who sends it, with the same guarantees as any other", async () => {
    const { Alice, bob, carol, dave } = people;
    await talk.create(Alice);
    await talk.did([bob, join], [carol, join], [Alice, invitation("dave")]);
    for (const person of [Alice, bob, carol, dave]) await person.ask("ack", { ranges: [{ first: 1, last: 99 }] });
    const id = freshId();
    const body = { group: talk.group, body: Buffer.from("hello, all") };
    for (const time of ["first", "again"])
      expect(await bob.ask("groupSend", body, { id }), time).toMatchObject({ result: "ok", answer: {} });
    expect(await bob.ask("groupSend", { ...body, body: Buffer.from("other") }, { id })).toMatchObject({
      result: "idReused",
    });
    const item = { kind: "groupMessage", group: talk.group, sender: "bob", keyVersion: 1, id, epoch: undefined };
    for (const person of [Alice, carol]) {
      const found = await person.fetch();
      expect(found).toMatchObject([{ ...item, body: Uint8Array.from(body.body) }]);
      const sequence = found[0]?.sequence ?? 0;
      await person.ask("ack", { ranges: [{ first: sequence, last: sequence }] });
      expect(await person.fetch()).toEqual([]);
    }
    expect([await bob.fetch(), await dave.fetch()]).toEqual([[], []]);
    expect(await model.store.counts()).toMatchObject({ deliveries: 0, payloadBytes: 0 });
  });

  it("take messages from whoever may send, of no more than the largest size", async () => {
    const { Alice, bob, carol } = people;
    await talk.create(Alice, { announcements: true });
    await talk.did([bob, join]);
    const body = { group: talk.group, body: Buffer.from("hi") };
    expect(await bob.ask("groupSend", body)).toMatchObject({ result: "notPermitted" });
    expect(await carol.ask("groupSend", body)).toMatchObject({ result: "notFound" });
    expect(await carol.ask("groupSend", { ...body, group: groupId("none") })).toMatchObject({ result: "notFound" });
    await talk.did([Alice, { verb: "role", name: named("bob"), role: "announcer" }], [Alice, invitation("carol")]);
    expect(await bob.ask("groupSend", body)).toMatchObject({ result: "ok" });
    expect(await carol.ask("groupSend", body)).toMatchObject({ result: "notFound" });
    const large = { ...body, body: new Uint8Array(16_385) };
    expect(await bob.ask("groupSend", large)).toMatchObject({ result: "tooLarge" });
    expect(await bob.ask("groupSend", { ...body, body: large.body.subarray(1), hours: 1 })).toMatchObject({
      result: "ok",
    });
  });

  it("take a message for one of them, where one for all may go", async () => {
    const { Alice, bob, carol, dave } = people;
    await talk.create(Alice);
    await talk.did([bob, join], [carol, join], [Alice, invitation("dave")]);
    for (const person of [Alice, bob, carol, dave]) await person.ask("ack", { ranges: [{ first: 1, last: 99 }] });
    const id = freshId();
    const body = { group: talk.group, body: Buffer.from("for carol"), to: named("CAROL") };
    for (const time of ["first", "again"])
      expect(await bob.ask("groupSend", body, { id }), time).toMatchObject({ result: "ok", answer: {} });
    expect(await carol.fetch()).toMatchObject([{ kind: "groupMessage", sender: "bob", id, epoch: undefined }]);
    for (const person of [Alice, bob, dave]) expect(await person.fetch()).toEqual([]);
    expect(await bob.ask("groupSend", { ...body, to: named("bob") }), "to oneself").toMatchObject({ result: "ok" });
    for (const [to, result] of [
      ["dave", "notFound"],
      ["nobody", "notFound"],
    ] as const)
      expect(await bob.ask("groupSend", { ...body, to: named(to) }), to).toMatchObject({ result });
    expect(await dave.ask("groupSend", body), "who is invited").toMatchObject({ result: "notFound" });
    const large = { ...body, body: new Uint8Array(16_385) };
    expect(await bob.ask("groupSend", large)).toMatchObject({ result: "tooLarge" });
  });

  it("take a message for one who may send to all from anybody, and no other, where only announcers send", async () => {
    const { Alice, bob, carol } = people;
    await talk.create(Alice, { announcements: true });
    await talk.did([bob, join], [carol, join]);
    const body = { group: talk.group, body: Buffer.from("hi") };
    expect(await bob.ask("groupSend", { ...body, to: named("Alice") })).toMatchObject({ result: "ok" });
    expect(await Alice.ask("groupSend", { ...body, to: named("bob") })).toMatchObject({ result: "ok" });
    expect(await bob.ask("groupSend", { ...body, to: named("carol") })).toMatchObject({ result: "notPermitted" });
  });

  it("say when a message to one finds its sender's share of the mailbox full", async () => {
    const share = 4;
    await open({ limits: { messages: 16 * share, bytes: 64_000 } });
    const { Alice, bob } = people;
    await talk.create(Alice);
    await talk.did([bob, join]);
    const body = { group: talk.group, body: Buffer.from("hi"), to: named("bob") };
    for (let sent = 0; sent < share; sent++) expect(await Alice.ask("groupSend", body)).toMatchObject({ result: "ok" });
    const id = freshId();
    expect(await Alice.ask("groupSend", body, { id })).toMatchObject({ result: "mailboxFull", after: 600 });
    await bob.ask("ack", { ranges: [{ first: 1, last: 1 }] });
    expect(await Alice.ask("groupSend", body, { id }), "once there is room").toMatchObject({ result: "ok" });
  });

  it("take a message only as long as the group is what its sender knows, if that is said", async () => {
    const { Alice, bob, carol } = people;
    await talk.create(Alice);
    await talk.did([bob, join], [carol, join]);
    const id = freshId();
    const body = { group: talk.group, body: Buffer.from("to whom I know") };
    expect(await bob.ask("groupSend", { ...body, sequence: 2 }, { id })).toMatchObject({ result: "outdated" });
    expect(await bob.ask("groupSend", { ...body, sequence: 4 }, { id })).toMatchObject({ result: "outdated" });
    expect(await bob.ask("groupSend", { ...body, sequence: 3 }, { id })).toMatchObject({ result: "ok" });
    await talk.did([carol, { verb: "leave" }]);
    expect(await bob.ask("groupSend", { ...body, sequence: 3 }, { id }), "again").toMatchObject({ result: "ok" });
  });

  it("have one handshake message in each epoch", async () => {
    const { Alice, bob } = people;
    await talk.create(Alice);
    await talk.did([bob, join]);
    const shake = (person: Person, epoch: number) =>
      person.ask("groupSend", { group: talk.group, body: Buffer.from(`by ${person.name}`), epoch });
    expect(await shake(Alice, 0)).toMatchObject({ result: "epochTaken" });
    expect(await shake(Alice, 1)).toMatchObject({ result: "ok" });
    expect(await shake(bob, 1)).toMatchObject({ result: "epochTaken" });
    expect(await shake(bob, 2)).toMatchObject({ result: "ok" });
    expect(await talk.row()).toMatchObject({ epoch: 3, sequence: 2 });
    expect(await bob.fetch()).toMatchObject([{ kind: "groupMessage", sender: "Alice", epoch: 1 }]);
    expect((await Alice.fetch()).at(-1)).toMatchObject({ kind: "groupMessage", sender: "bob", epoch: 2 });
  });

  it("go on without whoever is released, as the oldest admin's, and keep nothing of theirs", async () => {
    const { Alice, bob, carol, dave } = people;
    await talk.create(Alice);
    await talk.did([dave, join], [carol, join], [bob, join]);
    await talk.did([Alice, { verb: "role", name: named("bob"), role: "admin" }]);
    await Alice.ask("release", {});
    expect(await talk.members(bob)).toEqual(["dave member", "carol member", "bob owner"]);
    expect((await talk.log(bob)).map(({ entry }) => entry?.actor)).toEqual([
      ...[undefined, "dave", "carol", "bob"],
      ...[undefined, undefined],
    ]);
    expect((await events(bob)).at(-1)).toBe(6);
    await bob.ask("release", {});
    expect(await talk.members(carol)).toEqual(["dave owner", "carol member"]);
    await carol.ask("release", {});
    await dave.ask("release", {});
    expect(await talk.row()).toBeUndefined();
    expect(await lookUp()).toMatchObject({ answer: { found: undefined } });
  });
});
