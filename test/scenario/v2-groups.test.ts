/**
 * People in groups: how they come in and go, who may do what, and what they say to each other; through the directory as it
 * is run, on a mixnet that loses every twentieth message and lets others overtake each other.
 */
import { sign } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GroupChange, GroupProfile } from "../../src/protocol/v2/groups.js";
import type { Item } from "../../src/protocol/v2/reply.js";
import { until } from "../support/until.js";
import { asking, changeOf, foundingOf, groupId, invitation, profileOf } from "../support/v2-groups.js";
import { named, type V2User } from "../support/v2-user.js";
import { startV2World, type V2World } from "../support/v2-world.js";

const FAULTS = { loss: 0.05, reorder: 0.2, reorderMs: 20, jitterMs: 5 };
const PATIENCE = 120_000;

let world: V2World;

beforeAll(async () => {
  world = await startV2World({ LIMIT_GROUPS_PER_SECOND: "1000" }, { faults: FAULTS, seed: "groups" });
}, PATIENCE);
afterAll(() => world[Symbol.asyncDispose]());

async function people(story: string): Promise<readonly [V2User, V2User, V2User]> {
  const [alice, bob, carol] = await world.users(`alice-${story}`, `bob-${story}`, `carol-${story}`);
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error("somebody is missing");
  return [alice, bob, carol];
}

/** A group, and where its people know it to be. */
class Group {
  readonly id;
  #sequence = 1;

  constructor(label: string) {
    this.id = groupId(label);
  }

  async found(owner: V2User, profile: Partial<GroupProfile>): Promise<void> {
    const body = foundingOf(this.id, profileOf(profile), await actorOf(owner));
    expect(await owner.ask("groupCreate", body)).toMatchObject({ result: "ok" });
  }

  /** What the next change is answered. */
  async change(actor: V2User, change: GroupChange): Promise<string> {
    const body = changeOf(this.id, this.#sequence + 1, change, await actorOf(actor));
    const { result } = await actor.ask("groupChange", body);
    if (result === "ok") this.#sequence++;
    return result;
  }

  async did(...changes: readonly (readonly [V2User, GroupChange])[]): Promise<void> {
    for (const [actor, change] of changes)
      expect([change.verb, await this.change(actor, change)]).toEqual([change.verb, "ok"]);
  }

  async say(sender: V2User, text: string, epoch?: number): Promise<string> {
    const body = { group: this.id, body: Buffer.from(text), ...(epoch !== undefined && { epoch }) };
    return (await sender.ask("groupSend", body)).result;
  }

  async members(asker: V2User): Promise<readonly string[]> {
    const reply = await asker.ask("groupMembers", { group: this.id, after: 0, packets: 2 }, { surbs: 3 });
    if (reply.result !== "ok") return [reply.result];
    return reply.answer.members.map(({ name, standing }) => `${name.split("-")[0] ?? ""} ${standing}`);
  }

  async verbs(asker: V2User): Promise<readonly string[]> {
    const reply = await asker.ask("groupLog", { group: this.id, after: 0, packets: 4 }, { surbs: 5 });
    if (reply.result !== "ok") return [reply.result];
    return reply.answer.log.map(({ entry }) => entry?.change.verb ?? "gone");
  }
}

async function actorOf(user: V2User): Promise<Parameters<typeof changeOf>[3]> {
  if (user.bound === undefined) await user.refresh();
  if (user.bound === undefined) throw new Error("whom to sign for is not known");
  const { keys, name, keyVersion } = user;
  const key = { sign: (text: Uint8Array) => sign(null, text, keys.privateKey) };
  return { name, keyVersion, key, identity: user.bound.identity };
}

/** The texts that wait in groups, which are acknowledged with all the rest. */
async function heard(user: V2User): Promise<readonly string[]> {
  const items = await user.fetch();
  if (items.length > 0) await user.acknowledge(...items.map(({ sequence }) => sequence));
  return items.flatMap(inShort);
}

function inShort(item: Item): readonly string[] {
  return item.kind === "groupMessage" ? [Buffer.from(item.body).toString()] : [];
}

test(
  "a group by invitation: revoked, declined and accepted, and what is said reaches all",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob, carol] = await people("invites");
    const group = new Group("by invitation");
    await group.found(alice, { listed: false, join: "invitation" });
    expect(await carol.ask("group", { group: group.id })).toMatchObject({ answer: { found: undefined } });
    await group.did(
      [alice, invitation(bob.name)],
      [alice, { verb: "revoke", name: named(bob.name) }],
      [alice, invitation(bob.name)],
      [bob, { verb: "decline" }],
      [alice, invitation(bob.name)],
      [alice, invitation(carol.name)],
      [bob, { verb: "accept" }],
      [carol, { verb: "accept" }],
    );
    expect(await group.members(carol)).toEqual(["alice owner", "bob member", "carol member"]);
    expect(await group.verbs(carol)).toEqual(
      ["profile", "invite", "revoke", "invite", "decline", "invite", "invite", "accept", "accept"], // prettier-ignore
    );
    for (const user of [alice, bob, carol]) await heard(user);
    expect(await group.say(bob, "hello, both")).toBe("ok");
    await world.again("SIGKILL");
    expect([await heard(alice), await heard(bob), await heard(carol)]).toEqual([["hello, both"], [], ["hello, both"]]);
    expect([await heard(alice), await heard(carol)]).toEqual([[], []]);
  },
);

test(
  "a group that is asked: who is approved is in it, who is refused or withdraws is not",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob, carol] = await people("asks");
    const group = new Group("by request");
    await group.found(alice, { name: "Askers", join: "request" });
    expect(await bob.ask("group", { group: group.id })).toMatchObject({
      answer: { found: { profile: { name: "Askers" }, members: 1, sequence: 1 } },
    });
    await group.did(
      [bob, asking],
      [carol, asking],
      [alice, { verb: "approve", name: named(bob.name) }],
      [alice, { verb: "refuse", name: named(carol.name) }],
      [carol, asking],
      [carol, { verb: "withdraw" }],
    );
    expect(await group.members(bob)).toEqual(["alice owner", "bob member"]);
    expect(await group.members(carol)).toEqual(["notFound"]);
    expect(await group.say(carol, "let me in")).toBe("notFound");
    await heard(alice);
    expect(await group.say(bob, "thank you")).toBe("ok");
    expect(await heard(alice)).toEqual(["thank you"]);
  },
);

test("an open group: roles, announcements, removal, another owner, and its end", { timeout: PATIENCE }, async () => {
  const [alice, bob, carol] = await people("joins");
  const group = new Group("open");
  await group.found(alice, { announcements: true });
  await group.did([bob, { verb: "join" }], [carol, { verb: "join" }]);
  expect(await group.say(bob, "may I?")).toBe("notPermitted");
  expect(await group.change(bob, { verb: "remove", name: named(carol.name) })).toBe("notPermitted");
  await group.did([alice, { verb: "role", name: named(bob.name), role: "announcer" }]);
  for (const user of [alice, bob, carol]) await heard(user);
  expect(await group.say(bob, "hear, hear")).toBe("ok");
  expect([await heard(alice), await heard(carol)]).toEqual([["hear, hear"], ["hear, hear"]]);
  await group.did(
    [alice, { verb: "role", name: named(bob.name), role: "admin" }],
    [bob, { verb: "remove", name: named(carol.name) }],
    [alice, { verb: "transfer", name: named(bob.name) }],
  );
  expect(await group.members(alice)).toEqual(["alice admin", "bob owner"]);
  expect(await group.members(carol)).toEqual(["notFound"]);
  await group.did([alice, { verb: "leave" }], [bob, { verb: "dissolve" }]);
  expect(await bob.ask("group", { group: group.id })).toMatchObject({ answer: { found: undefined } });
});

test("a group goes on without its owner, and one handshake ends an epoch", { timeout: PATIENCE }, async () => {
  const [alice, bob, carol] = await people("goes");
  const group = new Group("left behind");
  await group.found(alice, {});
  await group.did([carol, { verb: "join" }], [bob, { verb: "join" }]);
  const shakes = await Promise.all([group.say(bob, "by bob", 1), group.say(carol, "by carol", 1)]);
  expect([...shakes].sort()).toEqual(["epochTaken", "ok"]);
  expect(await heard(alice)).toEqual([shakes[0] === "ok" ? "by bob" : "by carol"]);
  expect(await alice.ask("release", {})).toMatchObject({ result: "ok" });
  expect(await group.members(bob)).toEqual(["carol owner", "bob member"]);
  await until(() => [...carol.pushed, ...carol.fetched].some(({ kind }) => kind === "groupEvent"));
});
