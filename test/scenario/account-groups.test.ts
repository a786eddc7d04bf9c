/** An account and its groups: who founds, invites, joins and leads one, and that no change counts whose signature does not hold. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GroupProfile, standingIn } from "../../src/client/client.js";
import { type AccountPerson, codeOf, joining } from "../support/account-person.js";
import { type LoopbackDirectory, startLoopbackDirectory } from "../support/loopback-directory.js";
import { until } from "../support/until.js";

let directory: LoopbackDirectory;

beforeAll(async () => void (directory = await startLoopbackDirectory({ LIMITS: "off" })));
afterAll(() => directory[Symbol.asyncDispose]());

const join = joining(() => directory);

const profile = (changes: Partial<GroupProfile> = {}): GroupProfile => ({
  name: "the reading circle",
  listed: true,
  join: "invitation",
  maxMembers: 10,
  announcements: false,
  ...changes,
});

/** Who is in it, and as what, as somebody has it by the log. */
async function peopleOf({ account }: AccountPerson, id: string): Promise<string> {
  const { people } = await account.groups.refresh(id);
  expect(people.every(({ vouched }) => vouched)).toBe(true);
  return people
    .map(({ name, standing }) => `${name.split("-")[0] ?? ""} ${standing}`)
    .sort()
    .join(", ");
}

describe("a group by invitation", () => {
  it("is founded, looked up, joined by who is invited, and led by whom its owner makes a leader", async () => {
    await using alice = await join("alice-of-groups");
    await using bob = await join("bob-of-groups");
    await using carol = await join("carol-of-groups");
    const id = await alice.account.groups.found(profile());
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(await carol.account.groups.lookup(id)).toEqual({ profile: profile(), members: 1 });
    await alice.account.groups.invite(id, "BOB-of-groups");
    expect(await peopleOf(bob, id)).toBe("alice owner, bob invited");
    await bob.account.groups.accept(id);
    expect(await peopleOf(alice, id)).toBe("alice owner, bob member");
    expect(await codeOf(bob.account.groups.invite(id, carol.name))).toBe("notPermitted");
    await alice.account.groups.role(id, bob.name, "admin");
    await bob.account.groups.invite(id, carol.name);
    await bob.account.groups.revoke(id, carol.name);
    expect(await codeOf(carol.account.groups.accept(id))).toBe("notFound");
    await bob.account.groups.invite(id, carol.name);
    await carol.account.groups.decline(id);
    await alice.account.groups.invite(id, carol.name);
    await carol.account.groups.accept(id);
    expect(await peopleOf(carol, id)).toBe("alice owner, bob admin, carol member");
    await alice.account.groups.transfer(id, bob.name);
    expect(await peopleOf(bob, id)).toBe("alice admin, bob owner, carol member");
    await carol.account.groups.leave(id);
    expect(carol.account.groups.get(id)).toBeUndefined();
    await bob.account.groups.remove(id, alice.name);
    expect(await codeOf(alice.account.groups.refresh(id))).toBe("notFound");
    expect(alice.account.groups.all()).toEqual([]);
    await bob.account.groups.profile(id, { name: "the lonely circle" });
    expect(bob.account.groups.all()).toMatchObject([{ id, profile: profile({ name: "the lonely circle" }) }]);
    await bob.account.groups.dissolve(id);
    expect(await carol.account.groups.lookup(id)).toBeUndefined();
    expect(bob.account.groups.all()).toEqual([]);
  });

  it("that is not listed is nobody's to find who is not invited", async () => {
    await using alice = await join("alice-of-secrets");
    await using bob = await join("bob-of-secrets");
    const id = await alice.account.groups.found(profile({ listed: false }));
    expect(await bob.account.groups.lookup(id)).toBeUndefined();
    expect(await codeOf(bob.account.groups.join(id))).toBe("notFound");
    expect(await codeOf(bob.account.groups.refresh("no id"))).toBe("notFound");
    expect(await codeOf(alice.account.groups.invite(id, "no name"))).toBe("nameInvalid");
    expect(await codeOf(alice.account.groups.invite(id, alice.name))).toBe("notPermitted");
    await alice.account.groups.invite(id, bob.name);
    await bob.account.groups.accept(id);
    expect(await peopleOf(alice, id)).toBe("alice owner, bob member");
  });
});

describe("a group that lets people in", () => {
  it("approves or refuses those who ask", async () => {
    await using alice = await join("alice-of-doors");
    await using bob = await join("bob-of-doors");
    await using carol = await join("carol-of-doors");
    const id = await alice.account.groups.found(profile({ join: "request" }));
    await bob.account.groups.request(id);
    await carol.account.groups.request(id);
    expect(await peopleOf(alice, id)).toBe("alice owner, bob asking, carol asking");
    await alice.account.groups.approve(id, bob.name);
    await alice.account.groups.refuse(id, carol.name);
    expect(await peopleOf(bob, id)).toBe("alice owner, bob member");
    await carol.account.groups.request(id);
    await carol.account.groups.withdraw(id);
    expect(await peopleOf(bob, id)).toBe("alice owner, bob member");
    expect(await codeOf(carol.account.groups.join(id))).toBe("notPermitted");
  });

  it("makes every change that still makes sense when many make one at once", async () => {
    await using alice = await join("alice-of-crowds");
    const id = await alice.account.groups.found(profile({ join: "open", maxMembers: 5 }));
    const names = ["bob", "carol", "dave", "erin"].map((name) => `${name}-of-crowds`);
    const people = await Promise.all(names.map((name) => join(name)));
    await Promise.all(people.map(({ account }) => account.groups.join(id)));
    expect(await peopleOf(alice, id)).toBe("alice owner, bob member, carol member, dave member, erin member");
    await using frank = await join("frank-of-crowds");
    expect(await codeOf(frank.account.groups.join(id))).toBe("notPermitted");
    // Two who make the same change: for the second it makes no sense any more.
    await alice.account.groups.role(id, names[0] ?? "", "admin");
    const twice = [alice, people[0]].map((each) => each?.account.groups.remove(id, names[1] ?? ""));
    const codes = await Promise.all(twice.map((each) => codeOf(Promise.resolve(each))));
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(codes.filter((code) => code !== undefined)).toEqual(["notApplicable"]);
    await Promise.all(people.map(({ account }) => account.close()));
  });
});

it("tells in its news what others change, and who, and that one is out of it", async () => {
  await using alice = await join("alice-of-news");
  await using bob = await join("bob-of-news");
  const changesOf = ({ news }: AccountPerson): string[] =>
    news.flatMap((each) =>
      each.kind === "groupChanged" ? `${each.sequence} ${each.actor ?? "?"} ${each.change?.verb ?? "?"}` : [],
    );
  const id = await alice.account.groups.found(profile());
  await alice.account.groups.invite(id, bob.name);
  await until(() => changesOf(bob).length === 1);
  expect(bob.news).toMatchObject([{ kind: "groupChanged", group: id, change: { verb: "invite", name: bob.name } }]);
  await bob.account.groups.accept(id);
  await until(() => changesOf(alice).length === 1);
  await alice.account.groups.profile(id, { announcements: true });
  await until(() => changesOf(bob).length === 2);
  await alice.account.groups.remove(id, bob.name);
  await until(() => changesOf(bob).length === 3);
  expect(changesOf(alice)).toEqual([`3 ${bob.name} accept`]);
  expect(changesOf(bob)).toEqual([`2 ${alice.name} invite`, `4 ${alice.name} profile`, "5 ? ?"]);
  expect(bob.account.groups.all()).toEqual([]);
});

describe("the log", () => {
  it("is read by who comes later, and by who was there when its owner had another key", async () => {
    await using alice = await join("alice-of-logs");
    await using bob = await join("bob-of-logs");
    await using carol = await join("carol-of-logs");
    const id = await alice.account.groups.found(profile());
    await alice.account.groups.invite(id, bob.name);
    await bob.account.groups.accept(id);
    await alice.account.rotate();
    await alice.account.groups.invite(id, carol.name);
    // Whom Alice has let in counts once her new key does.
    expect(await codeOf(bob.account.groups.refresh(id))).toBe("keyChanged");
    await bob.account.trust(alice.name);
    expect(await peopleOf(bob, id)).toBe("alice owner, bob member, carol invited");
    await carol.account.groups.accept(id);
    expect(await peopleOf(carol, id)).toBe("alice owner, bob member, carol member");
  });

  it("has a hole where somebody is gone: what was made of it is the directory's word, and shown as such", async () => {
    await using alice = await join("alice-of-holes");
    await using bob = await join("bob-of-holes");
    await using carol = await join("carol-of-holes");
    const id = await alice.account.groups.found(profile());
    await alice.account.groups.invite(id, bob.name);
    await bob.account.groups.accept(id);
    expect(await peopleOf(bob, id)).toBe("alice owner, bob member");
    await alice.account.release();
    const { people } = await bob.account.groups.refresh(id);
    expect(people).toEqual([{ name: bob.name, standing: "owner", vouched: false }]);
    await bob.account.groups.invite(id, carol.name);
    // Who sees the group for the first time takes it as it is.
    expect(await peopleOf(carol, id)).toBe("bob owner, carol invited");
    expect(standingIn(await carol.account.groups.refresh(id), "BOB-of-holes")).toBe("owner");
  });
});
