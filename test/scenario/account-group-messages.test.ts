/** What accounts say in groups, on a mixnet that loses and reorders: to all who are in one, to nobody else, each once. */
import { describe, expect, it } from "vitest";
import { type GroupProfile, type News, newSeed, publicKeyOf } from "../../src/client/client.js";
import { type AccountPerson, codeOf } from "../support/account-person.js";
import { type AccountWorld, startAccountWorld } from "../support/account-world.js";
import { seeText } from "../support/seen.js";
import { until } from "../support/until.js";

/** A directory on a network that loses and reorders. */
async function lossyWorld(seed: string, env: Readonly<Record<string, string>> = {}): Promise<AccountWorld> {
  const place = await startAccountWorld(env, { seed }, { retries: 20 });
  place.world.mixnet.faults({ loss: 0.05, reorder: 0.2, reorderMs: 20 });
  return place;
}

const profile = (changes: Partial<GroupProfile> = {}): GroupProfile => ({
  ...{ name: "the reading circle", listed: true, join: "open", maxMembers: 10, announcements: false },
  ...changes,
});

const isSaid = (news: News): news is Extract<News, { kind: "groupMessage" }> => news.kind === "groupMessage";

/** What somebody was told in groups, with who said it. */
function heard({ news }: AccountPerson): string[] {
  return news.filter(isSaid).map(({ sender, text }) => `${sender.split("-")[0] ?? ""}: ${text}`);
}

async function joined(world: AccountWorld, names: readonly string[]): Promise<AccountPerson[]> {
  const people = [];
  for (const name of names) {
    const person = await world.open(name);
    await person.account.register(name);
    people.push(person);
  }
  return people;
}

async function say({ account }: AccountPerson, id: string, text: string): Promise<string> {
  seeText(text);
  return account.groups.send(id, text);
}

/** Enough for a machine that is busy with other tests. */
const PATIENCE = { timeout: 120_000 };

describe("messages to a group", PATIENCE, () => {
  it("come to all who are in it, whomever they hear otherwise, and to nobody who is not", async () => {
    await using world = await lossyWorld("say");
    const [alice, bob, carol, dave] = await joined(world, ["alice-says", "bob-says", "carol-says", "dave-says"]);
    if (!alice || !bob || !carol || !dave) throw new Error("nobody");
    const id = await alice.account.groups.found(profile());
    await carol.account.people.policy("nobody");
    await bob.account.groups.join(id);
    await carol.account.groups.join(id);
    const first = await say(alice, id, "welcome to the circle");
    await until(() => heard(bob).length === 1 && heard(carol).length === 1);
    await until(() => alice.fates(first).includes("stored"));
    await say(bob, id, "thank you, Alice");
    await say(bob, id, "which book is first?");
    await until(() => [alice, carol].every((each) => heard(each).includes("bob: which book is first?")));
    expect(heard(alice)).toEqual(["bob: thank you, Alice", "bob: which book is first?"]);
    expect(heard(carol)).toEqual(["alice: welcome to the circle", ...heard(alice)]);
    expect(heard(bob)).toEqual(["alice: welcome to the circle"]);

    await dave.account.groups.join(id);
    await alice.account.groups.remove(id, carol.name);
    await say(alice, id, "without Carol, with Dave");
    await say(bob, id, "hello Dave");
    await until(() => heard(dave).length === 2);
    expect(heard(dave).toSorted()).toEqual(["alice: without Carol, with Dave", "bob: hello Dave"]);
    expect(heard(carol)).toHaveLength(3);
    expect(await codeOf(carol.account.groups.send(id, "am I still here?"))).toBe("notFound");
  });

  it("are told by the next process, and on a device that has none of the keys", async () => {
    await using world = await lossyWorld("keys");
    const [alice, bob] = await joined(world, ["alice-keys", "bob-keys"]);
    if (!alice || !bob) throw new Error("nobody");
    const id = await alice.account.groups.found(profile());
    await bob.account.groups.join(id);
    await say(alice, id, "one");
    await until(() => heard(bob).length === 1);
    await bob.account.close();
    await alice.account.close();
    // Said while there is no mixnet for it: it is in the store.
    const again = await world.open("alice-keys");
    const second = await say(again, id, "two");
    await until(() => again.fates(second).includes("stored"));
    const back = await world.open("bob-keys");
    await until(() => heard(back).length === 1);
    expect(heard(back)).toEqual(["alice: two"]);

    const recovery = newSeed();
    await back.account.rotate(await publicKeyOf(recovery));
    await back.account.close();
    const phone = await world.open("bob-phone");
    await phone.account.recover("bob-keys", { seed: recovery });
    await say(again, id, "three");
    await again.account.trust("bob-keys");
    // What the other device had not acknowledged comes here too.
    await until(() => heard(phone).includes("alice: three"));
    await say(phone, id, "four, from my phone");
    await until(() => heard(again).length === 1);
  });

  it("are by whoever may send, and a handshake ends each epoch once", async () => {
    await using world = await lossyWorld("announcements");
    const [alice, bob] = await joined(world, ["alice-tells", "bob-tells"]);
    if (!alice || !bob) throw new Error("nobody");
    const id = await alice.account.groups.found(profile({ announcements: true }));
    await bob.account.groups.join(id);
    const refused = await say(bob, id, "may I?");
    await until(() => bob.fates(refused).includes("failed"));
    expect(bob.news).toContainEqual(expect.objectContaining({ kind: "fate", toGroup: true, code: "notPermitted" }));
    await say(alice, id, "this is for all");
    await until(() => heard(bob).length === 1);
    expect(await bob.account.groups.epoch(id)).toBe(1);
    const hello = new TextEncoder().encode("hello");
    await alice.account.groups.handshake(id, 1, hello);
    expect(await codeOf(alice.account.groups.handshake(id, 1, Uint8Array.of(1)))).toBe("epochTaken");
    await until(() => bob.news.some(({ kind }) => kind === "handshake"));
    expect(bob.news).toContainEqual(
      expect.objectContaining({ kind: "handshake", group: id, sender: alice.name, epoch: 1, body: hello }),
    );
    expect(await codeOf(alice.account.groups.send(id, "x".repeat(20_000)))).toBe("tooLarge");
    expect(await codeOf(bob.account.groups.send("0".repeat(32), "to nobody"))).toBe("notFound");
  });

  it("are not for whom only the directory says is in the group, until that is vouched for", async () => {
    await using world = await lossyWorld("holes");
    const [alice, bob, carol] = await joined(world, ["alice-holes", "bob-holes", "carol-holes"]);
    if (!alice || !bob || !carol) throw new Error("nobody");
    const id = await alice.account.groups.found(profile({ join: "invitation" }));
    await alice.account.groups.invite(id, bob.name);
    await bob.account.groups.accept(id);
    await alice.account.groups.role(id, bob.name, "admin");
    await alice.account.groups.refresh(id);
    await alice.account.close();
    await bob.account.groups.invite(id, carol.name);
    await carol.account.groups.accept(id);
    await bob.account.release();
    const back = await world.open("alice-holes");
    const { people } = await back.account.groups.refresh(id);
    expect(people.map(({ name, vouched }) => [name, vouched])).toEqual([
      [back.name, true],
      [carol.name, false],
    ]);
    const first = await say(back, id, "whoever hears this");
    await until(() => back.fates(first).includes("stored"));
    await until(() => carol.events.some(({ type }) => type === "keyAsked"));
    expect(heard(carol)).toEqual([]);
    await back.account.groups.vouch(id);
    await say(back, id, "Carol too");
    await until(() => heard(carol).length === 2);
    expect(heard(carol).toSorted()).toEqual(["alice: Carol too", "alice: whoever hears this"]);
  });
});
