/** Two changes of a group at once, both decided before either is committed: what becomes of them is said in the protocol. */
import { expect, it } from "vitest";
import type { GroupChange } from "../../../../../src/protocol/v2/groups.js";
import type { ReceivedReply } from "../../../../../src/protocol/v2/reply-codec.js";
import { changeOf, groupTalk, type GroupTalk, invitation } from "../../../../support/v2-groups.js";
import { openV2Model, STORES, type V2Model } from "../../../../support/v2-model.js";
import { type Person, personOf } from "../../../../support/v2-person.js";
import { named } from "../../../../support/v2-requests.js";

type Ask = () => Promise<ReceivedReply>;

interface Race {
  readonly model: V2Model;
  readonly talk: GroupTalk;
  readonly people: Record<"alice" | "bob" | "carol", Person>;
  /** What two are answered, of whom the first is the first to be committed, though both have been decided. */
  readonly results: (first: Ask, second: Ask) => Promise<readonly string[]>;
}

async function race(kind: (typeof STORES)[number]): Promise<Race> {
  let held: (() => void)[] | undefined;
  const model = await openV2Model(kind, {
    async committing(commit) {
      const stalled = held;
      if (stalled !== undefined && stalled.length < 2) await new Promise<void>((resolve) => stalled.push(resolve));
      return commit();
    },
  });
  const people = { alice: personOf(model, "alice"), bob: personOf(model, "bob"), carol: personOf(model, "carol") };
  for (const person of Object.values(people)) await person.register();
  return {
    model,
    people,
    talk: groupTalk(model, "the group"),
    async results(...asks) {
      const stalled: (() => void)[] = [];
      held = stalled;
      const replies: Promise<ReceivedReply>[] = [];
      for (const ask of asks) {
        replies.push(ask());
        while (stalled.length < replies.length) await new Promise((resolve) => setImmediate(resolve));
      }
      for (const [index, go] of stalled.entries()) {
        go();
        await replies[index];
      }
      held = undefined;
      return (await Promise.all(replies)).map(({ result }) => result);
    },
  };
}

it.each(STORES)("of two who accept the last place one is in, and the other finds it taken (%s)", async (kind) => {
  const { people, talk, results } = await race(kind);
  const { alice, bob, carol } = people;
  await talk.create(alice, { maxMembers: 2 });
  await talk.did([alice, invitation("bob")], [alice, invitation("carol")]);
  const accept = (person: Person, sequence: number): Ask => {
    const body = changeOf(talk.group, sequence, { verb: "accept" }, person);
    return () => person.ask("groupChange", body);
  };
  expect(await results(accept(bob, 4), accept(carol, 4))).toEqual(["ok", "outdated"]);
  expect(await accept(carol, 5)()).toMatchObject({ result: "notPermitted" });
  expect(await talk.members(alice)).toEqual(["alice owner", "bob member", "carol invited"]);
});

it.each(STORES)(
  "of two admins who remove each other one is gone, and is told that there is nothing (%s)",
  async (kind) => {
    const { people, talk, results } = await race(kind);
    const { alice, bob, carol } = people;
    await talk.create(alice);
    const admin = (name: string): GroupChange => ({ verb: "role", name: named(name), role: "admin" });
    await talk.did([bob, { verb: "join" }], [carol, { verb: "join" }], [alice, admin("bob")], [alice, admin("carol")]);
    const remove = (person: Person, name: string): Ask => {
      const body = changeOf(talk.group, 6, { verb: "remove", name: named(name) }, person);
      return () => person.ask("groupChange", body);
    };
    expect(await results(remove(bob, "carol"), remove(carol, "bob"))).toEqual(["ok", "notFound"]);
    expect(await talk.members(alice)).toEqual(["alice owner", "bob admin"]);
  },
);

it.each(STORES)("of two handshake messages one ends the epoch, and the other is told (%s)", async (kind) => {
  const { people, talk, results } = await race(kind);
  const { alice, bob, carol } = people;
  await talk.create(alice);
  await talk.did([bob, { verb: "join" }], [carol, { verb: "join" }]);
  const shake = (person: Person): Ask => {
    return () => person.ask("groupSend", { group: talk.group, body: Buffer.from(`by ${person.name}`), epoch: 1 });
  };
  expect(await results(shake(bob), shake(carol))).toEqual(["ok", "epochTaken"]);
  const senders = (await alice.fetch()).flatMap((item) => (item.kind === "groupMessage" ? item.sender : []));
  expect(senders).toEqual(["bob"]);
});

it.each(STORES)("a message of whoever is removed meanwhile is none, and no member gets it (%s)", async (kind) => {
  const { people, talk, results } = await race(kind);
  const { alice, bob, carol } = people;
  await talk.create(alice);
  await talk.did([bob, { verb: "join" }], [carol, { verb: "join" }]);
  const body = changeOf(talk.group, 4, { verb: "remove", name: named("bob") }, alice);
  const say: Ask = () => bob.ask("groupSend", { group: talk.group, body: Buffer.from("still here?") });
  expect(await results(() => alice.ask("groupChange", body), say)).toEqual(["ok", "notFound"]);
  expect((await carol.fetch()).map(({ kind: of }) => of)).toEqual(["groupEvent"]);
});

it.each(STORES)("whoever is invited while they are released is not in the group (%s)", async (kind) => {
  const { people, talk, results } = await race(kind);
  const { alice, bob } = people;
  await talk.create(alice);
  const body = changeOf(talk.group, 2, invitation("bob"), alice);
  expect(
    await results(
      () => bob.ask("release", {}),
      () => alice.ask("groupChange", body),
    ),
  ).toEqual(["ok", "notFound"]);
  expect(await talk.members(alice)).toEqual(["alice owner"]);
});
