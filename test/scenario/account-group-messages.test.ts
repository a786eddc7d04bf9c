/** What accounts say in groups, on a mixnet that loses and reorders: to all who are in one, to nobody else, each once. */
import { describe, expect, it } from "vitest";
import type { GroupProfile, News } from "../../src/client/client.js";
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

describe("messages to a group", () => {
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
});
