/** Accounts through the directory as it is run, on a network that loses, repeats and reorders, and with everything that can end ending. */
import { expect, it } from "vitest";
import type { News } from "../../src/client/client.js";
import { startAccountWorld } from "../support/account-world.js";
import { until } from "../support/until.js";

it(
  "what was to be sent while nothing got through is sent by the next process, once",
  { timeout: 120_000 },
  async () => {
    await using world = await startAccountWorld();
    const bob = await world.open("bob-of-the-outbox");
    const alice = await world.open("alice-of-the-outbox");
    await Promise.all([alice.account.register(alice.name), bob.account.register(bob.name)]);
    world.world.mixnet.faults({ loss: 1 });
    const texts = ["while nothing gets through", "and one more of these", "and the last of them"];
    const ids: string[] = [];
    for (const text of texts) ids.push(await alice.account.send(bob.name, text));
    expect(alice.account.pending().map(({ id, state }) => [id, state])).toEqual(ids.map((id) => [id, "waiting"]));
    await alice.account.close();
    world.world.mixnet.faults({ loss: 0 });
    const again = await world.open(alice.name);
    expect(again.account.name).toBe(alice.name);
    await until(() => ids.every((id) => again.fates(id).includes("delivered")));
    expect(bob.texts()).toEqual(texts.map((text) => `${alice.name}: ${text}`));
    for (const id of ids) expect(again.fates(id)).toEqual(["stored", "delivered"]);
    expect(again.account.pending()).toEqual([]);
    // What was read, and whose fate was told, is not told again.
    await bob.account.close();
    const bobAgain = await world.open(bob.name);
    const last = await again.account.send(bob.name, "to the one who is back");
    await until(() => again.fates(last).includes("delivered"));
    expect(bobAgain.texts()).toEqual([`${alice.name}: to the one who is back`]);
  },
);

/** What two processes of one account told: what its reader was dealing with at the end of one is told by the next one again. */
function joined(before: readonly News[], after: readonly News[]): readonly News[] {
  const last = before.at(-1);
  const again = after.findIndex((each) => last !== undefined && isSame(each, last));
  return [...before, ...after.filter((_, index) => index !== again)];
}

function isSame(one: News, other: News): boolean {
  const step = (news: News): string => (news.kind === "fate" ? news.fate : news.kind);
  return one.id === other.id && step(one) === step(other);
}

it.each(["1", "2", "3"])(
  "everything arrives once, in its order, and is ticked, whatever is lost and whoever is killed (seed %s)",
  { timeout: 120_000 },
  async (seed) => {
    await using world = await startAccountWorld({}, { seed });
    const { mixnet } = world.world;
    mixnet.faults({ loss: 0.15, duplicate: 0.2, reorder: 0.2, reorderMs: 20 });
    let alice = await world.open("alice-of-the-losses");
    let bob = await world.open("bob-of-the-losses");
    // Who registers on such a network asks until it is done.
    for (const person of [alice, bob]) await until(() => person.account.register(person.name).then(() => true));
    const sent = { toAlice: [] as string[], toBob: [] as string[] };
    const ids: string[] = [];
    const say = async (round: string): Promise<void> => {
      for (let number = 0; number < 4; number++) {
        ids.push(await alice.account.send(bob.name, `${round} to bob ${number}`));
        ids.push(await bob.account.send(alice.name, `${round} to alice ${number}`));
        sent.toBob.push(`${alice.name}: ${round} to bob ${number}`);
        sent.toAlice.push(`${bob.name}: ${round} to alice ${number}`);
      }
    };
    await say("tadpole");
    await world.world.again("SIGKILL");
    await say("heron");
    await mixnet.restart(bob.name, "killed");
    await say("otter");
    await Promise.all([alice.account.close(), bob.account.close()]);
    const before = { alice: alice.news, bob: bob.news };
    [alice, bob] = [await world.open(alice.name), await world.open(bob.name)];
    await say("newt");
    await world.world.again("SIGTERM");

    const told = () => ({ alice: joined(before.alice, alice.news), bob: joined(before.bob, bob.news) });
    const delivered = (): readonly News[] =>
      Object.values(told()).flatMap((news) => news.filter((each) => each.kind === "fate" && each.fate === "delivered"));
    const texts = (news: readonly News[]): string[] =>
      news.flatMap((each) => (each.kind === "message" ? `${each.sender}: ${each.text}` : []));
    await until(() => texts(told().alice).length >= sent.toAlice.length);
    await until(() => texts(told().bob).length >= sent.toBob.length);
    await until(() => ids.every((id) => delivered().some((each) => each.id === id)));
    expect(texts(told().alice)).toEqual(sent.toAlice);
    expect(texts(told().bob)).toEqual(sent.toBob);
    expect(delivered()).toHaveLength(ids.length);
    expect([...alice.account.pending(), ...bob.account.pending()]).toEqual([]);
  },
);
