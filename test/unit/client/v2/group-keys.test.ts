/** Who is handed a key for a group, and when there is another one: at a directory that takes what it is asked. */
import { getPublicKeyAsync, utils } from "@noble/ed25519";
import { describe, expect, it } from "vitest";
import { AccountError, type AccountErrorCode } from "../../../../src/client/v2/account-error.js";
import { openBook } from "../../../../src/client/v2/book.js";
import type { Contacts } from "../../../../src/client/v2/contacts.js";
import type { DirectoryFacts } from "../../../../src/client/v2/directory-facts.js";
import { createGroupKeys } from "../../../../src/client/v2/group-keys.js";
import type { GroupPerson } from "../../../../src/client/v2/group-state.js";
import type { KnownGroup } from "../../../../src/client/v2/group-tables.js";
import type { AskHome } from "../../../../src/client/v2/inquiry.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import type { Seed } from "../../../../src/client/v2/seeds.js";
import { IDENTITY, type KnownContact } from "../../../../src/client/v2/tables.js";
import type { GroupId } from "../../../../src/protocol/v2/groups.js";

const GROUP = new Uint8Array(16).fill(9) as Uint8Array as GroupId;
const profile = { name: "a group", listed: false, join: "invitation", maxMembers: 9, announcements: false } as const;
const KEY = await getPublicKeyAsync(utils.randomSecretKey());

const member = (name: string, vouched = true): GroupPerson => ({ name, standing: "member", vouched });

function state(people: readonly GroupPerson[], more: Partial<KnownGroup> = {}): KnownGroup {
  return { group: GROUP, sequence: 3, profile, profileVouched: true, departed: 0, people, ...more };
}

/** Keys of alice's, who is told no by those for whom `refuses` has a code. */
async function keysOfAlice() {
  const handed: string[] = [];
  const changed: string[] = [];
  const refuses = new Map<string, AccountErrorCode>();
  const versions = new Map<string, number>();
  const meanwhile = { happens: () => Promise.resolve() as Promise<unknown> };
  const askHome = (async (_: "groupSend", { to }: { readonly to: string }) => {
    const code = refuses.get(to);
    if (code !== undefined) throw new AccountError(code);
    handed.push(to);
    await meanwhile.happens();
    return {};
  }) as unknown as AskHome;
  const known = (name: string): KnownContact => {
    return { name, algorithm: "ed25519", key: KEY, keyVersion: versions.get(name) ?? 1, checked: 0 };
  };
  const contacts: Pick<Contacts, "known" | "current"> = {
    known,
    current(name) {
      const isNew = refuses.get(name) === "keyChanged";
      return isNew ? Promise.reject(new AccountError("keyChanged")) : Promise.resolve(known(name));
    },
  };
  const facts = {
    audience: () => Promise.resolve({ identity: new Uint8Array(32).fill(7), epoch: 1 }),
    now: () => 1_790_000_000,
  } as DirectoryFacts;
  const book = await openBook(createMemoryRecordStore());
  const key = { keyVersion: 1, seed: utils.randomSecretKey() as Seed };
  await book.change((page) => page.put(IDENTITY, "", { name: "Alice", status: "registered", keys: [key] }));
  const sign = () => Promise.reject(new Error("nothing is signed here"));
  const keyChanged = (name: string): void => void changed.push(name);
  const keys = createGroupKeys({ book, askHome, sign, facts, contacts, keyChanged });
  return { keys, refuses, versions, changed, meanwhile, told: () => handed.splice(0).sort() };
}

describe("keys for a group", () => {
  it("are handed once to each member, but not to whom only the directory says is one, nor to who is invited", async () => {
    const { keys, told } = await keysOfAlice();
    const invited: GroupPerson = { name: "erin", standing: "invited", vouched: true };
    const people = [member("alice"), member("bob"), member("carol"), member("dave", false), invited];
    const { id } = await keys.handed(state(people));
    expect(told()).toEqual(["bob", "carol"]);
    expect((await keys.handed(state(people))).id).toEqual(id);
    expect(told()).toEqual([]);
    expect((await keys.handed(state([...people, member("frank")], { sequence: 4 }))).id).toEqual(id);
    expect(told()).toEqual(["frank"]);
  });

  it("are others once somebody has left", async () => {
    const { keys, told } = await keysOfAlice();
    const before = await keys.handed(state([member("bob"), member("carol")]));
    const after = await keys.handed(state([member("bob")], { sequence: 4, departed: 4 }));
    expect(after.id).not.toEqual(before.id);
    expect(after.key).not.toEqual(before.key);
    expect(told()).toEqual(["bob", "bob", "carol"]);
    expect((await keys.handed(state([member("bob")], { sequence: 9, departed: 4 }))).id).toEqual(after.id);
  });

  it("are handed later to who cannot be handed one now, and others do not wait for that", async () => {
    const { keys, refuses, changed, told } = await keysOfAlice();
    const people = state([member("bob"), member("carol"), member("dave")]);
    refuses.set("bob", "mailboxFull").set("carol", "keyChanged");
    await keys.handed(people);
    expect([told(), changed]).toEqual([["dave"], ["carol"]]);
    refuses.clear();
    await keys.handed(people);
    expect(told()).toEqual(["bob", "carol"]);
    refuses.set("erin", "timeout");
    await expect(keys.handed(state([member("erin")]))).rejects.toMatchObject({ code: "timeout" });
  });

  it("are handed anew to who has another key of their own, and to who asks", async () => {
    const { keys, versions, told } = await keysOfAlice();
    const people = state([member("bob"), member("carol")]);
    const { id } = await keys.handed(people);
    told();
    versions.set("bob", 2);
    await keys.handed(people);
    expect(told()).toEqual(["bob"]);
    await keys.handAgain(people);
    expect(told()).toEqual([]);
    expect(keys.owed()).toEqual([]);
    expect(await keys.wanted(GROUP, id, "Carol")).toBe(true);
    expect(await keys.wanted(GROUP, id, "Bob")).toBe(true);
    expect(keys.owed()).toEqual([GROUP]);
    await keys.handAgain(people);
    expect(told()).toEqual(["bob", "carol"]);
    expect(keys.owed()).toEqual([]);
    await keys.handAgain(people);
    expect(told()).toEqual([]);
  });

  it("are handed once more to who asks while they are handed them", async () => {
    const { keys, meanwhile, told } = await keysOfAlice();
    const people = state([member("bob")]);
    const { id } = await keys.handed(state([]));
    meanwhile.happens = () => keys.wanted(GROUP, id, "bob");
    await keys.handed(people);
    meanwhile.happens = () => Promise.resolve();
    expect(keys.owed()).toEqual([GROUP]);
    await keys.handAgain(people);
    expect([told(), keys.owed()]).toEqual([["bob", "bob"], []]);
  });

  it("of before are handed to those alone who had them, as long as they are members", async () => {
    const { keys, told } = await keysOfAlice();
    const before = await keys.handed(state([member("bob"), member("carol")]));
    const now = state([member("bob"), member("dave")], { sequence: 5, departed: 4 });
    const present = await keys.handed(now);
    told();
    expect(await keys.wanted(GROUP, before.id, "dave")).toBe(false);
    expect(await keys.wanted(GROUP, new Uint8Array(32) as typeof before.id, "bob")).toBe(false);
    expect(await keys.wanted(GROUP, before.id, "bob")).toBe(true);
    expect(await keys.wanted(GROUP, before.id, "carol")).toBe(true);
    expect(await keys.wanted(GROUP, present.id, "eve")).toBe(true);
    await keys.handAgain(now);
    expect(told()).toEqual(["bob"]);
  });
});
