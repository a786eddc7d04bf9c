/** A log that a group's members cannot have made is not believed, whatever the directory says. */
import { getPublicKeyAsync, signAsync, utils } from "@noble/ed25519";
import { describe, expect, it } from "vitest";
import type { AccountErrorCode } from "../../../../src/client/v2/account-error.js";
import { openBook } from "../../../../src/client/v2/book.js";
import type { Contacts } from "../../../../src/client/v2/contacts.js";
import type { DirectoryFacts } from "../../../../src/client/v2/directory-facts.js";
import { createGroupLogs } from "../../../../src/client/v2/group-log.js";
import type { AskHome } from "../../../../src/client/v2/inquiry.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import type { KnownContact } from "../../../../src/client/v2/tables.js";
import type { GroupChange, GroupId, GroupLogItem, GroupMember } from "../../../../src/protocol/v2/groups.js";
import { groupChangeText } from "../../../../src/protocol/v2/signed-texts.js";
import { named } from "../../../support/v2-requests.js";

const DIRECTORY = new Uint8Array(32).fill(7);
const GROUP = new Uint8Array(16).fill(9) as Uint8Array as GroupId;
const NOTE = new Uint8Array();
const profile = { name: "a group", listed: false, join: "invitation", maxMembers: 9, announcements: false } as const;
const FOUNDED: GroupChange = { verb: "profile", profile };

const person = async (name: string) => {
  const seed = utils.randomSecretKey();
  return { name, seed, key: await getPublicKeyAsync(seed) };
};
type Someone = Awaited<ReturnType<typeof person>>;
const [alice, bob, eve] = await Promise.all([person("alice"), person("bob"), person("eve")]);

/** An entry that `actor` has signed, with `by`'s key. */
async function entry(
  sequence: number,
  actor: Someone,
  change: GroupChange,
  by = actor,
  keyVersion = 1,
): Promise<GroupLogItem> {
  const text = groupChangeText(DIRECTORY, { group: GROUP, sequence, actor: actor.name, keyVersion, change });
  const signature = await signAsync(text, by.seed);
  return { sequence, entry: { actor: actor.name, keyVersion, key: by.key, change, signature } };
}

/** Somebody who knows the keys of all, at a directory that says what is in `says`. */
async function reader() {
  const says = { log: [] as GroupLogItem[], members: [] as GroupMember[] };
  const answers = {
    groupLog: ({ after }: { after: number }) => ({
      log: says.log.filter(({ sequence }) => sequence > after),
      more: false,
    }),
    groupMembers: () => ({ members: says.members, more: false, sequence: says.log.length, epoch: 1, profile }),
  };
  const askHome = ((action: keyof typeof answers, body: { after: number }) =>
    Promise.resolve(answers[action](body))) as unknown as AskHome;
  const known = (name: string): KnownContact | undefined => {
    const found = [alice, bob, eve].find((each) => each.name === name);
    return found && { name, algorithm: "ed25519", key: found.key, keyVersion: 1, checked: 0 };
  };
  const contacts: Pick<Contacts, "known" | "lookup"> = { known, lookup: (name) => Promise.resolve(known(name)) };
  const facts = { audience: () => Promise.resolve({ identity: DIRECTORY, epoch: 1 }) } as DirectoryFacts;
  const book = await openBook(createMemoryRecordStore());
  const changed: string[] = [];
  const sign = () => Promise.reject(new Error("unused"));
  const keyChanged = (name: string): void => void changed.push(name);
  const logs = createGroupLogs({ book, askHome, sign, facts, contacts, keyChanged });
  return {
    says,
    logs,
    /** Who was said to have another key. */
    changed,
    /** Who is in the group, as what, and whether somebody has vouched for it. */
    read: async (): Promise<string[] | AccountErrorCode> => {
      try {
        const { people } = await logs.refresh(GROUP);
        return people.map(({ name, standing, vouched }) => `${name} ${standing}${vouched ? "" : ", they say"}`);
      } catch (error) {
        return (error as { code: AccountErrorCode }).code;
      }
    },
  };
}

const begun = async (): Promise<GroupLogItem[]> => [
  await entry(1, alice, FOUNDED),
  await entry(2, alice, { verb: "invite", name: named("bob"), note: NOTE }),
  await entry(3, bob, { verb: "accept" }),
];

describe("a log", () => {
  it("makes of the group what its changes say", async () => {
    const { says, read } = await reader();
    says.log = await begun();
    expect(await read()).toEqual(["alice owner", "bob member"]);
    says.log.push(await entry(4, alice, { verb: "remove", name: named("bob") }));
    expect(await read()).toEqual(["alice owner"]);
  });

  it.each<[string, () => Promise<GroupLogItem>]>([
    ["is signed by somebody else", () => entry(4, alice, { verb: "invite", name: named("eve"), note: NOTE }, eve)],
    ["was signed for another place", async () => ({ ...(await begun())[1], sequence: 4 }) as GroupLogItem],
    ["is not its actor's to make", () => entry(4, bob, { verb: "invite", name: named("eve"), note: NOTE })],
    ["is of somebody who has nothing to do with it", () => entry(4, eve, { verb: "accept" })],
  ])("with a change that %s is refused, and what was known stays", async (_, forged) => {
    const { says, read } = await reader();
    says.log = await begun();
    await read();
    says.log.push(await forged());
    expect(await read()).toBe("unverified");
    says.log.pop();
    expect(await read()).toEqual(["alice owner", "bob member"]);
  });

  it("with a change by a key that is not trusted yet waits", async () => {
    const { says, changed, read } = await reader();
    says.log = [
      ...(await begun()),
      await entry(4, alice, { verb: "invite", name: named("eve"), note: NOTE }, await person("alice"), 2),
    ];
    expect(await read()).toBe("keyChanged");
    expect(changed.length).toBeGreaterThan(0);
  });

  it("with a hole lets the directory take people out, and bring none in whom anybody vouches for", async () => {
    const { says, read } = await reader();
    says.log = await begun();
    await read();
    says.log.push({ sequence: 4, entry: undefined });
    says.members = [
      { cursor: 1, name: "alice", standing: "owner" },
      { cursor: 3, name: "eve", standing: "admin" },
    ];
    expect(await read()).toEqual(["alice owner", "eve admin, they say"]);
    // Nor does whoever was brought in so bring others in.
    says.log.push(
      await entry(5, eve, { verb: "invite", name: named("bob"), note: NOTE }),
      await entry(6, bob, { verb: "accept" }),
    );
    expect(await read()).toEqual(["alice owner", "eve admin, they say", "bob member, they say"]);
  });

  it("is not undone by vouching for what it said before", async () => {
    const { says, logs, read } = await reader();
    says.log = await begun();
    await read();
    const later = await entry(4, alice, { verb: "remove", name: named("bob") });
    const vouched = logs.vouch(GROUP);
    const refreshed = logs.refresh(GROUP);
    // By the first turn of the queue, vouching has read the log.
    await Promise.resolve();
    says.log.push(later);
    await Promise.all([vouched, refreshed]);
    expect(logs.known(GROUP)?.sequence).toBe(4);
  });

  it("is the directory's word as far as it was made before it is first seen", async () => {
    const { says, read } = await reader();
    says.log = (await begun()).slice(1);
    says.members = [{ cursor: 1, name: "alice", standing: "owner" }];
    expect(await read()).toEqual(["alice owner"]);
  });
});
