/**
 * An account and its own side of what was said: kept for it when it asks for that, read again by any device that has its keys,
 * and what waits for it counted; on a mixnet that loses every twentieth message and lets others overtake each other.
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HistoryOptions, KeptMessage, SendOptions } from "../../src/client/client.js";
import { type AccountPerson, codeOf } from "../support/account-person.js";
import { type AccountWorld, startAccountWorld } from "../support/account-world.js";
import { until } from "../support/until.js";

const PATIENCE = 120_000;

let place: AccountWorld;

beforeAll(async () => {
  // So many times that what is lost is never the last one.
  place = await startAccountWorld({}, { seed: "own words" }, { retries: 20 });
  place.world.mixnet.faults({ loss: 0.05, reorder: 0.2, reorderMs: 20, jitterMs: 5 });
}, PATIENCE);
afterAll(() => place[Symbol.asyncDispose]());

/** People who are registered under the names of their Nym clients. */
async function people<const N extends readonly string[]>(
  ...names: N
): Promise<{ readonly [K in keyof N]: AccountPerson }> {
  const all = await Promise.all(names.map((name) => place.open(name)));
  for (const { account, name } of all) await account.register(name);
  return all as unknown as { readonly [K in keyof N]: AccountPerson };
}

/** Somebody's account on another device, with nothing but its present key; the one before is closed. */
async function moved(from: AccountPerson, to: string): Promise<AccountPerson> {
  const seed = from.account.seeds().at(-1) ?? new Uint8Array();
  await from.account.close();
  const device = await place.open(to);
  await device.account.adopt(from.name, seed);
  return device;
}

/** Says something, and waits until the directory has it. */
async function say(by: AccountPerson, to: AccountPerson, text: string, options?: SendOptions): Promise<string> {
  const id = await by.account.send(to.name, text, options);
  // That it was delivered may be told before the answer is there that it was stored.
  await until(() => by.fates(id).length > 0);
  return id;
}

async function all(kept: AsyncIterable<KeptMessage>): Promise<readonly KeptMessage[]> {
  const found: KeptMessage[] = [];
  for await (const each of kept) found.push(each);
  return found;
}

/** What somebody can read of what they said to another. */
async function said(by: AccountPerson, to: string, options?: HistoryOptions): Promise<readonly string[]> {
  const found = await all(by.account.history.with(to, options));
  return found.map((each) => (each.kind === "direct" ? each.text : each.kind === "group" ? "" : `(${each.reason})`));
}

const COPY = { copy: true } as const;

test(
  "what is said with a copy is found by a new device, conversation by conversation, from a cursor on",
  async () => {
    const [alice, bob, carol] = await people("alice-remembers", "bob-remembers", "carol-remembers");
    const before = Date.now();
    const first = await say(alice, bob, "are you there?", COPY);
    await say(alice, bob, "this is between us");
    await say(alice, carol, "and you?", COPY);
    const last = await say(alice, bob, "well then, über alles 👋", COPY);
    await until(() => bob.texts().length === 3 && carol.texts().length === 1);

    const device = await moved(alice, "alice-elsewhere");
    const kept = await all(device.account.history.with("BOB-remembers"));
    expect(kept).toEqual([
      { kind: "direct", cursor: 1, id: first, to: bob.name, text: "are you there?", at: expect.any(Number) as number },
      {
        kind: "direct",
        cursor: 3,
        id: last,
        to: bob.name,
        text: "well then, über alles 👋",
        at: expect.any(Number) as number,
      },
    ]);
    // Whole seconds, by the directory's clock.
    for (const { at } of kept) expect(Math.abs(at - before)).toBeLessThan(PATIENCE);
    expect(await said(device, carol.name)).toEqual(["and you?"]);
    expect(await said(device, bob.name, { after: 1 })).toEqual(["well then, über alles 👋"]);
    expect(await said(device, bob.name, { after: 3 })).toEqual([]);
    expect((await all(device.account.history.all())).map(({ cursor }) => cursor)).toEqual([1, 2, 3]);
    // It goes on where the other one has ended.
    await say(device, carol, "from my new one", COPY);
    expect(await said(device, carol.name)).toEqual(["and you?", "from my new one"]);
    expect(await all(bob.account.history.all())).toEqual([]);
  },
  PATIENCE,
);

test(
  "a history that is long comes page by page, as far as it is read",
  async () => {
    const [alice, bob] = await people("alice-says-much", "bob-says-much");
    const texts = Array.from({ length: 24 }, (_, index) => `${index} ${"x".repeat(index === 12 ? 12_000 : 150)}`);
    const ids = await Promise.all(texts.map((text) => alice.account.send(bob.name, text, { ...COPY, receipt: false })));
    await until(() => ids.every((id) => alice.fates(id).length > 0));
    expect(await said(alice, bob.name)).toEqual(texts);
    expect(await said(alice, bob.name, { after: 22 })).toEqual(texts.slice(22));
  },
  PATIENCE,
);

test(
  "after a change of key, what the key before has sealed needs that key, and is told where it is missing",
  async () => {
    const [alice, bob] = await people("alice-changes", "bob-changes");
    await say(alice, bob, "by my old key", COPY);
    const [old = new Uint8Array()] = alice.account.seeds();
    await alice.account.rotate();
    await say(alice, bob, "by my new key", COPY);
    expect(await said(alice, bob.name)).toEqual(["by my old key", "by my new key"]);
    const device = await moved(alice, "alice-changes-elsewhere");
    expect(await said(device, bob.name)).toEqual(["(sealed)", "by my new key"]);
    expect(await said(device, bob.name, { seeds: [old] })).toEqual(["by my old key", "by my new key"]);
  },
  PATIENCE,
);

test(
  "what waits is counted by sender, until it was taken in",
  async () => {
    const [alice, bob, carol] = await people("alice-waits", "bob-waits", "carol-waits");
    expect(await bob.account.history.unread()).toEqual([]);
    await bob.account.logout();
    await say(alice, bob, "one");
    await say(carol, bob, "two");
    await say(alice, bob, "three");
    const waiting = [
      { sender: alice.name, messages: 2 },
      { sender: carol.name, messages: 1 },
    ];
    expect(await bob.account.history.unread()).toEqual(waiting);
    // To be asked is not to be told.
    expect(await bob.account.history.unread()).toEqual(waiting);
    expect(bob.texts()).toEqual([]);
    await bob.account.login();
    await until(() => bob.texts().length === 3);
    await until(async () => (await bob.account.history.unread()).length === 0);
  },
  PATIENCE,
);

test(
  "a directory that mixes up copies shows none in another place",
  async () => {
    const [alice, bob, carol] = await people("alice-is-wary", "bob-is-wary", "carol-is-wary");
    await say(alice, bob, "to bob 1", COPY);
    await say(alice, carol, "to carol", COPY);
    await say(alice, bob, "to bob 3", COPY);
    await say(alice, bob, "to bob 4", COPY);
    const { process } = place.world;
    await process.stop("SIGINT");
    mixUp(join(process.dataDir, "directory.db"), alice.name);
    await place.world.again("SIGINT");
    // The first two have changed places among the conversations, the others their contents.
    expect(await said(alice, bob.name)).toEqual(["(misplaced)", "(sealed)", "(sealed)"]);
    expect(await said(alice, carol.name)).toEqual(["(misplaced)"]);
    // A copy says for itself where it belongs.
    expect(await all(alice.account.history.all())).toMatchObject([
      { cursor: 1, kind: "direct", to: bob.name, text: "to bob 1" },
      { cursor: 2, kind: "direct", to: carol.name, text: "to carol" },
      { cursor: 3, kind: "unreadable", reason: "sealed" },
      { cursor: 4, kind: "unreadable", reason: "sealed" },
    ]);
  },
  PATIENCE,
);

test(
  "who has no name has no history, and what is no name or id is said to be none",
  async () => {
    const nobody = await place.open("nobody-at-all");
    expect(await codeOf(nobody.account.history.unread())).toBe("notRegistered");
    expect(await codeOf(all(nobody.account.history.all()))).toBe("notRegistered");
    expect(await codeOf(all(nobody.account.history.with("no name")))).toBe("nameInvalid");
    expect(await codeOf(all(nobody.account.history.group("no id")))).toBe("notFound");
  },
  PATIENCE,
);

/** What a directory can do that wants to deceive: it has the bytes of all copies, and says whose and where they are. */
function mixUp(file: string, owner: string): void {
  const db = new Database(file);
  const rows = db
    .prepare<
      [string],
      { sequence: number; slot: number; bytes: number; conversation: Buffer; user: number; body: Buffer }
    >(
      `SELECT copies.*, body FROM copies JOIN copy_slots ON copy_slots.id = slot JOIN users ON users.id = user
       WHERE name = ? ORDER BY sequence`,
    )
    .all(owner);
  const [one, two, three, four] = rows;
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error("too few");
  const place = db.prepare<[Buffer, number, number]>(
    "UPDATE copies SET conversation = ? WHERE user = ? AND sequence = ?",
  );
  place.run(two.conversation, one.user, one.sequence);
  place.run(one.conversation, two.user, two.sequence);
  const fill = db.prepare<[Buffer, number]>("UPDATE copy_slots SET body = ? WHERE id = ?");
  expect(three.bytes).toBe(four.bytes);
  fill.run(Buffer.concat([four.body.subarray(0, four.bytes), three.body.subarray(three.bytes)]), three.slot);
  fill.run(Buffer.concat([three.body.subarray(0, three.bytes), four.body.subarray(four.bytes)]), four.slot);
  db.close();
}
