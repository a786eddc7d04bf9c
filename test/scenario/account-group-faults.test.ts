/** A group on a network that loses, repeats and reorders, while members come, go and are killed, and the directory with them. */
import { expect, it } from "vitest";
import type { Account, GroupProfile, News } from "../../src/client/client.js";
import type { AccountPerson } from "../support/account-person.js";
import { startAccountWorld } from "../support/account-world.js";
import { seeText } from "../support/seen.js";
import { until } from "../support/until.js";

const PROFILE: GroupProfile = {
  ...{ name: "the night shift", listed: true, join: "open", maxMembers: 10, announcements: false },
};

type Groups = Account["groups"];
type Said = Extract<News, { kind: "groupMessage" }>;

/** What several processes of one account were told in groups: what one was dealing with at its end, the next is told again. */
function heard(processes: readonly AccountPerson[]): string[] {
  const told: Said[] = [];
  for (const { news } of processes) {
    const [first, ...others] = news.filter((each): each is Said => each.kind === "groupMessage");
    const isAgain = first !== undefined && told.at(-1)?.id === first.id;
    told.push(...(first === undefined || isAgain ? [] : [first]), ...others);
  }
  return told.map(({ sender, text }) => `${sender}: ${text}`);
}

it.each(["1", "2", "3"])(
  "everything said in a group is told once to all who are in it, in its author's order (seed %s)",
  { timeout: 120_000 },
  async (seed) => {
    await using world = await startAccountWorld({}, { seed });
    const { mixnet } = world.world;
    mixnet.faults({ loss: 0.15, duplicate: 0.2, reorder: 0.2, reorderMs: 20 });
    const processes = new Map<string, AccountPerson[]>();
    const open = async (name: string): Promise<AccountPerson> => {
      const person = await world.open(name);
      processes.set(name, [...(processes.get(name) ?? []), person]);
      return person;
    };
    const of = (name: string): AccountPerson => {
      const person = processes.get(name)?.at(-1);
      if (person === undefined) throw new Error("nobody");
      return person;
    };
    /** On such a network whatever is asked is asked until it is done. */
    const done = (work: () => Promise<unknown>): Promise<true> => until(() => work().then(() => true as const));

    const names = ["ann", "ben", "cat", "dan"].map((name) => `${name}-of-the-group`);
    const [ann = "", ben = "", cat = "", dan = ""] = names;
    for (const name of names) {
      await open(name);
      await done(() => of(name).account.register(name));
    }
    let group = "";
    await done(async () => (group = await of(ann).account.groups.found(PROFILE)));
    const groupsOf = (name: string): Groups => of(name).account.groups;
    /** Has the group changed by somebody, until they see that this one is in it, or not any more. */
    const changed = (by: string, name: string, isIn: boolean, change: (groups: Groups) => Promise<void>) =>
      until(async () => {
        await change(groupsOf(by)).catch(() => undefined);
        const people = groupsOf(by).get(group)?.people ?? [];
        return people.some((each) => each.name === name) === isIn;
      });
    const joins = (name: string) => changed(name, name, true, (groups) => groups.join(group));
    await joins(ben);
    await joins(cat);

    const said: string[] = [];
    const say = async (round: string, authors: readonly string[]): Promise<void> => {
      for (let number = 0; number < 3; number++) {
        for (const name of authors) {
          const text = `${round} ${number}`;
          seeText(text);
          await groupsOf(name).send(group, text);
          said.push(`${name}: ${text}`);
        }
      }
    };
    const stored = (name: string) => until(() => of(name).account.pending().length === 0);
    const by = (author: string, lines: readonly string[]): string[] =>
      lines.filter((line) => line.startsWith(`${author}:`));

    await say("tadpole", [ann, ben, cat]);
    await world.world.again("SIGKILL");
    await say("heron", [ann, ben, cat]);
    await mixnet.restart(ben, "killed");
    await say("otter", [ben]);
    await Promise.all([of(ann).account.close(), of(cat).account.close()]);
    await Promise.all([open(ann), open(cat)]);
    await say("newt", [ann, cat]);
    for (const name of [ann, ben, cat]) await stored(name);
    // Who comes now hears what is said from now on, and who has been removed no more.
    await joins(dan);
    await changed(ann, cat, false, (groups) => groups.remove(group, cat));
    const before = said.length;
    await say("perch", [ann, dan]);
    await world.world.again("SIGTERM");
    await say("stoat", [ben, dan]);
    for (const [name, lines] of [
      [ann, said],
      [ben, said],
      [dan, said.slice(before)],
      [cat, said.slice(0, before)],
    ] as const) {
      for (const author of names.filter((each) => each !== name)) {
        const expected = by(author, lines);
        await until(() => by(author, heard(processes.get(name) ?? [])).length >= expected.length);
        expect(by(author, heard(processes.get(name) ?? []))).toEqual(expected);
      }
    }
    for (const name of [ann, ben, dan]) await stored(name);
  },
);
