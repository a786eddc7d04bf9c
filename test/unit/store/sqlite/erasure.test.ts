import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Change } from "../../../../src/store/changes.js";
import type { Contact } from "../../../../src/store/contacts.js";
import { userByName } from "../../../../src/store/rows.js";
import {
  acknowledge,
  at,
  changeKey,
  digest,
  eraseDeliveries,
  freeName,
  hour,
  id,
  insertUser,
  keepCopy,
  messageId,
  moveRoute,
  related,
  outcomeId,
  publishPrekeys,
  refused,
  releaseUser,
  rememberOutcome,
  rememberReplay,
  reserveName,
  sendMessage,
  signedPrekey,
  setContact,
  storeMessage,
  swept,
  tag,
  takePrekey,
} from "../../../support/changes.js";
import { changeGroup, createGroup } from "../../../support/group-changes.js";
import { openDatabase, openStore } from "../../../support/sqlite-store.js";

const now = (): number => at(0);

/** Everything that lies on the disk of a store. */
function filesOf(path: string): Buffer {
  const files = [path, `${path}-wal`, `${path}-shm`].filter((file) => existsSync(file));
  return Buffer.concat(files.map((file) => readFileSync(file)));
}

test("what was erased or has expired is nowhere on the disk once the log is truncated", async () => {
  const { store, path } = await openStore({ now });
  await store.commit([
    [insertUser("alice", 1)],
    [insertUser("bob", 2)],
    [storeMessage(1, "to be erased".repeat(100), 71), storeMessage(2, "to stay".repeat(100), 72)],
    [storeMessage(2, "to expire".repeat(1_000), 73, hour(1)), rememberReplay(74, hour(1))],
    [moveRoute(2, 75, 1, hour(1))],
  ]);
  const secrets = [
    Buffer.from("to be erased"),
    Buffer.from("to expire"),
    digest(71),
    digest(73),
    digest(74),
    Buffer.from(tag(75), "hex"),
  ];
  const present = (): boolean[] => secrets.map((secret) => filesOf(path).includes(secret));
  expect(present()).not.toContain(false);
  await store.commit([[eraseDeliveries(1, 1)]]);
  await store.sweep(hour(2));
  expect(await store.truncateLog()).toBe(true);
  expect(present()).not.toContain(true);
  expect(filesOf(path).includes("to stay")).toBe(true);
});

test("so are messages that were acknowledged, outcomes that settled, receipts, and a user who went", async () => {
  const { store, path } = await openStore({ now });
  const bytes = (of: string, size: number): Buffer => Buffer.alloc(size, `<${of}>`);
  const keys = [1, 2, 3].map((version) => bytes(`key ${version}`, 44));
  const [key, newKey, recoveryKey] = keys as [Buffer, Buffer, Buffer];
  const signatures = [1, 2].map((version) => bytes(`signature ${version}`, 64)) as [Buffer, Buffer];
  const soon = { expires: hour(1), outcomeExpires: hour(1) };
  await store.commit([
    [insertUser("bob", 1)],
    [{ ...insertUser("Alice-Who-Goes", 2), algorithm: "ed25519", key, signature: signatures[0] }],
    [changeKey(2, 1, { key: newKey, recoveryKey, signature: signatures[1] }), moveRoute(2, 2, 2)],
    [
      rememberOutcome(11, 100, hour(1)),
      sendMessage(2, 11, { payload: "to be acknowledged", origin: 11, receiptTo: 1, ...soon }),
    ],
    [
      rememberOutcome(12, 100, hour(1)),
      sendMessage(2, 12, { payload: "to go with alice", origin: 12, receiptTo: 1, ...soon }),
    ],
    [rememberOutcome(13, 100, hour(1)), sendMessage(1, 13, { payload: "to expire", origin: 13, ...soon })],
  ]);
  const ofMessages = [11, 12, 13].flatMap((number) => [outcomeId(number), digest(number)]);
  const receipts = [messageId(11), messageId(12)];
  const secrets = [
    ...["Alice-Who-Goes", "alice-who-goes", "to be acknowledged", "to go with alice", "to expire"],
    ...[...keys, ...signatures, ...ofMessages, ...receipts, Buffer.from(tag(2), "hex")],
  ];
  const present = (): boolean[] => secrets.map((secret) => filesOf(path).includes(secret));
  expect(present()).not.toContain(false);
  await store.commit([
    [acknowledge(2, [[1, 1]], 2), { ...eraseDeliveries(1, 9), as: "delivered" }],
    [releaseUser(2, "alice-who-goes", 2, hour(1))],
  ]);
  expect((await store.deliveries(id(1), 0, 9)).map(({ payload }) => payload.length)).toEqual([9, 18, 18]);
  await store.sweep(hour(2));
  await store.commit([[acknowledge(1, [[1, 9]])]]);
  expect(await store.truncateLog()).toBe(true);
  expect(present()).not.toContain(true);
  expect(filesOf(path).includes("key of bob")).toBe(true);
});

test("so are names that were reserved, once they are freed", async () => {
  const { store, path } = await openStore({ now });
  const names = ["a-name-that-was-reserved", "a-name-that-was-held"];
  await store.commit([
    [insertUser("a-name-that-was-held", 1)],
    [releaseUser(1, "a-name-that-was-held", 1, hour(99))],
    ...names.map((name) => [reserveName(name)]),
  ]);
  const present = (): boolean[] => names.map((name) => filesOf(path).includes(name));
  await store.truncateLog();
  expect(present()).toEqual([true, true]);
  await store.commit(names.map((name) => [freeName(name)]));
  expect(await store.truncateLog()).toBe(true);
  expect(present()).toEqual([false, false]);
});

test("of what was refused for want of consent nothing is ever on the disk but how much it was, and for whom until when", async () => {
  const { store, path } = await openStore({ now });
  await store.commit([
    [insertUser("alice", 1)],
    [insertUser("bob", 2)],
    [
      rememberOutcome(11, 100, hour(1)),
      refused(
        sendMessage(2, 11, {
          payload: "unheard".repeat(200),
          origin: 11,
          receiptTo: 1,
          expires: hour(1),
          outcomeExpires: hour(1),
        }),
      ),
    ],
  ]);
  const left = [outcomeId(11), digest(11), messageId(11)];
  const present = (): boolean[] => left.map((secret) => filesOf(path).includes(secret));
  expect(filesOf(path).includes("unheard")).toBe(false);
  expect(present()).not.toContain(false);
  await store.sweep(hour(2));
  await store.commit([[acknowledge(1, [[1, 1]])]]);
  expect(await store.truncateLog()).toBe(true);
  expect(present()).not.toContain(true);
});

test("so are groups that are dissolved, what their logs had of users who went, and profiles that were replaced", async () => {
  const { store, path } = await openStore({ now });
  const secrets = ["first profile", "second profile", "entry of bob", "entry about bob", "old entry", "dissolved"];
  const bytes = (of: string): Buffer => Buffer.from(`<${of}>`.repeat(9));
  const [first, second, ofBob, aboutBob, old, dissolved] = secrets.map(bytes) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  await store.commit([
    [insertUser("alice", 1)],
    [insertUser("bob", 2)],
    [createGroup(1, 1, { profile: first, entry: old })],
    [changeGroup(1, 1, 2, { 2: "member" }, { entry: aboutBob, subject: id(2) })],
    [changeGroup(1, 2, 3, {}, { entry: ofBob })],
    [createGroup(2, 1, { profile: dissolved, entry: dissolved })],
  ]);
  const present = (): boolean[] => secrets.map((secret) => filesOf(path).includes(bytes(secret)));
  await store.commit([[changeGroup(1, 1, 4, {}, { profile: second, entry: bytes("to stay") })]]);
  expect(present()).toEqual([true, true, true, true, true, true]);
  await store.commit([
    [releaseUser(2, "bob")],
    [changeGroup(1, 1, 6, {}, { keep: 3, profile: bytes("the last"), entry: bytes("the last") })],
    [changeGroup(2, 1, 2, {}, { dissolve: true })],
  ]);
  expect(await store.truncateLog()).toBe(true);
  expect(present()).not.toContain(true);
  expect([bytes("to stay"), bytes("the last")].map((kept) => filesOf(path).includes(kept))).toEqual([true, true]);
});

test("a released name stays for as long as it is held, its keys do not", async () => {
  const { store, path } = await openStore({ now });
  await store.commit([[insertUser("Alice-Who-Goes", 1)], [releaseUser(1, "alice-who-goes", 1, hour(1))]]);
  await store.truncateLog();
  const shown = ["Alice-Who-Goes", "alice-who-goes", "key of", "signature of"];
  expect(shown.map((text) => filesOf(path).includes(text))).toEqual([false, true, false, false]);
});

/** Every number in what `pattern` finds on the disk. */
function numbersIn(path: string, pattern: RegExp): number[] {
  const found = filesOf(path).toString("latin1").matchAll(pattern);
  return [...new Set([...found].map(([, digits]) => Number(digits)))].sort((a, b) => a - b);
}

/** A message that can be found on the disk wherever SQLite has cut it. */
function marked(number: number, bytes: number): Buffer {
  const marker = `<message ${String(number).padStart(6, "0")}>`;
  return Buffer.from(marker.repeat(Math.max(1, Math.floor(bytes / marker.length))));
}

/** What is to be done at the end of that message, so that it can be found; the receipt is nobody's. */
function markedSettlement(number: number) {
  const mark = (what: string): Buffer => Buffer.from(`<${what} ${String(number).padStart(6, "0")}>`);
  return { outcome: { id: mark("outcome"), expires: hour(9) }, receipt: { to: id(999), id: mark("receipt") } };
}

/** The same numbers from 0 to below `limit` for the same seed. */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

// As many as it takes until SQLite has moved rows between pages time and again: when rows are simply deleted, even with
// secure_delete, some of the messages that are gone stay readable.
test.each([
  { largest: 200, seed: 1 },
  { largest: 1_200, seed: 2 },
  { largest: 6_000, seed: 3 },
])(
  "of messages that come and go, only those that wait can be read from the disk ($largest bytes)",
  async (workload) => {
    const random = numbersFrom(workload.seed);
    const { store, path } = await openStore({ now, sweepStep: 20 });
    const users = Array.from({ length: 20 }, (_, index) => ({ id: index + 1, sequence: 0 }));
    await store.commit(users.map((user) => [insertUser(`user-${user.id}`, user.id)]));
    const waiting: { readonly number: number; readonly user: number; readonly sequence: number }[] = [];
    let next = 0;
    for (let round = 0; round < 120; round++) {
      const decisions: Change[][] = [];
      for (let count = random(50); count > 0; count--) {
        const user = users[random(users.length)] ?? { id: 0, sequence: 0 };
        waiting.push({ number: next, user: user.id, sequence: ++user.sequence });
        const message = storeMessage(user.id, marked(next, random(workload.largest)), random(9));
        decisions.push([{ ...message, ...markedSettlement(next++) }]);
      }
      for (let count = random(45); count > 0 && waiting.length > 0; count--) {
        const [gone] = waiting.splice(random(waiting.length), 1);
        if (gone !== undefined) decisions.push([eraseDeliveries(gone.user, gone.sequence)]);
      }
      await store.commit(decisions);
      if (round % 10 === 0) await store.sweep(hour(0));
    }
    expect(await store.truncateLog()).toBe(true);
    for (const pattern of [/<message (\d{6})>/g, /<outcome (\d{6})>/g, /<receipt (\d{6})>/g]) {
      expect(numbersIn(path, pattern)).toEqual(waiting.map(({ number }) => number));
    }
    expect(next - waiting.length).toBeGreaterThan(1_000);
  },
);

/** A user who can be found on the disk by name, keys, and signatures. */
class MarkedUser {
  readonly number: number;
  readonly name: string;
  version = 1;

  constructor(number: number, prefix: string) {
    this.number = number;
    this.name = `${prefix}-name-${this.#digits}`;
  }

  get #digits(): string {
    return String(this.number).padStart(6, "0");
  }

  insert(): Change {
    return { ...insertUser(this.name, this.number), algorithm: "ed25519", ...this.#marks() };
  }

  rotate(): Change {
    const recoveryKey = this.#mark("recovery", 44);
    return changeKey(this.number + 1, this.version++, { ...this.#marks(), recoveryKey });
  }

  release(): Change {
    return releaseUser(this.number + 1, this.name, this.version, hour(1));
  }

  #marks(): { readonly key: Buffer; readonly signature: Buffer } {
    return { key: this.#mark("key", 44), signature: this.#mark("signature", 64) };
  }

  #mark(what: string, bytes: number): Buffer {
    return Buffer.from(`<${what} ${this.#digits}>`.padEnd(bytes, "."));
  }
}

// Without writing the index anew, this seed leaves one name of some eight thousand readable; with rows of users that
// are deleted, or that grow when a key changes, many more of everything.
test("of users who come, change their keys and go, only those who are there can be read from the disk", async () => {
  const random = numbersFrom(5);
  const { store, path } = await openStore({ now });
  const users: MarkedUser[] = [];
  let next = 0;
  for (let round = 0; round < 600; round++) {
    const decisions: Change[][] = [];
    for (let count = random(10); count > 0 && users.length > 0; count--) {
      const rotation = users[random(users.length)]?.rotate();
      if (rotation !== undefined) decisions.push([rotation]);
    }
    for (let count = random(30); count > 0 && users.length > 0; count--) {
      const [gone] = users.splice(random(users.length), 1);
      if (gone !== undefined) decisions.push([gone.release()]);
    }
    for (let count = random(60); count > 0; count--) {
      const user = new MarkedUser(next++, random(1e6).toString(36).padStart(random(20), "z"));
      users.push(user);
      decisions.push([user.insert()]);
    }
    const outcomes = await store.commit(decisions);
    expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
    if (round % 10 === 9) await store.sweep(hour(2));
  }
  expect(await store.truncateLog()).toBe(true);
  const numbersOf = (some: readonly MarkedUser[]): number[] => some.map(({ number }) => number).sort((a, b) => a - b);
  expect(next - users.length).toBeGreaterThan(8_000);
  for (const pattern of [/name-(\d{6})/g, /<key (\d{6})>/g, /<signature (\d{6})>/g]) {
    expect(numbersIn(path, pattern)).toEqual(numbersOf(users));
  }
  expect(numbersIn(path, /<recovery (\d{6})>/g)).toEqual(numbersOf(users.filter(({ version }) => version > 1)));
}, 60_000);

/** A one-time prekey of so many bytes that can be found on the disk. */
function markedPrekey(number: number, bytes: number): { readonly id: number; readonly key: Buffer } {
  return { id: number, key: Buffer.from(`<prekey ${String(number).padStart(6, "0")}>`.padEnd(bytes, ".")) };
}

test.each([
  { bytes: 32, seed: 7 },
  { bytes: 700, seed: 8 },
])(
  "of prekeys that are published, taken and voided, only those that somebody can ask for can be read from the disk ($bytes bytes)",
  async ({ bytes, seed }) => {
    const random = numbersFrom(seed);
    const { store, path } = await openStore({ now, sweepStep: 20 });
    const users = Array.from({ length: 12 }, (_, index) => ({ id: index + 1, version: 1, prekeys: [] as number[] }));
    await store.commit(users.map((user) => [insertUser(`user-${user.id}`, user.id)]));
    const most = 1_000;
    let next = 0;
    for (let round = 0; round < 120; round++) {
      const decisions: Change[][] = [];
      for (const user of users) {
        if (random(20) === 0) {
          decisions.push([changeKey(user.id, user.version++)]);
          user.prekeys = [];
        }
        const published = Array.from({ length: random(6) }, () => markedPrekey(next++, 26 + random(bytes)));
        const replace = random(12) === 0;
        decisions.push([publishPrekeys(user.id, { oneTime: published, replace, most }, user.version)]);
        user.prekeys = [...(replace ? [] : user.prekeys), ...published.map((prekey) => prekey.id)];
        for (let count = random(5); count > 0 && user.prekeys.length > 0; count--) {
          const [taken = 0] = user.prekeys.splice(random(user.prekeys.length), 1);
          const outcome = { id: outcomeId(taken), expires: hour(0) };
          const limits = { most: { all: 1e9, strangers: 1e9 }, keyVersion: user.version };
          decisions.push([takePrekey(user.id, taken, taken, { outcome, ...limits })]);
        }
      }
      const outcomes = await store.commit(decisions);
      expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
      if (round % 10 === 9) await store.sweep(hour(1));
    }
    expect(await store.truncateLog()).toBe(true);
    const there = users.flatMap(({ prekeys }) => prekeys).sort((a, b) => a - b);
    expect(next - there.length).toBeGreaterThan(1_000);
    expect(numbersIn(path, /<prekey (\d{6})>/g)).toEqual(there);
  },
);

test("prekeys go from the disk with the user who goes, and the key that was taken with the time to ask for it again", async () => {
  const { store, path } = await openStore({ now });
  await store.commit([[insertUser("alice", 1)], [insertUser("bob", 2)]]);
  const soon = { outcome: { id: outcomeId(3), expires: hour(1) } };
  await store.commit([
    [
      publishPrekeys(1, {
        signed: signedPrekey("signed", 1),
        lastResort: signedPrekey("last resort", 1),
        oneTime: [markedPrekey(1, 40), markedPrekey(2, 40)],
      }),
    ],
    [publishPrekeys(2, { signed: signedPrekey("replaced", 1), oneTime: [markedPrekey(3, 40), markedPrekey(4, 40)] })],
    [takePrekey(1, 1, 1), takePrekey(2, 3, 3, soon)],
  ]);
  const secrets = ["signed prekey 1", "last resort prekey 1", "signature of signed", "signature of last resort"];
  secrets.push("replaced prekey", "signature of replaced", "<prekey 000001>", "<prekey 000002>", "<prekey 000003>");
  const present = (): boolean[] => secrets.map((secret) => filesOf(path).includes(secret));
  expect(present()).not.toContain(false);
  await store.commit([[releaseUser(1, "alice")], [publishPrekeys(2, { signed: signedPrekey("new", 2) })]]);
  await store.sweep(hour(2));
  expect(await store.truncateLog()).toBe(true);
  expect(present()).not.toContain(true);
  expect(["new prekey 2", "<prekey 000004>"].map((text) => filesOf(path).includes(text))).toEqual([true, true]);
});

/** As it lies in a row, and in an index: two users, each in six bytes that count from 2^40. */
function pairBytes(user: number, other: number): string {
  const bytes = Buffer.alloc(12);
  bytes.writeUIntBE(2 ** 40 + user, 0, 6);
  bytes.writeUIntBE(2 ** 40 + other, 6, 6);
  return bytes.toString("latin1");
}

// Without writing the indexes anew, this seed leaves pairs that are gone readable.
test("of contacts that come and go, only those who are there can be read from the disk", async () => {
  const random = numbersFrom(6);
  const { store, path } = await openStore({ now, sweepStep: 50 });
  const users = 60;
  await store.commit(Array.from({ length: users }, (_, index) => [insertUser(`user-${index}`, index)]));
  const ever = new Map<string, { readonly user: number; readonly other: number; there: Contact | undefined }>();
  for (let round = 0; round < 100; round++) {
    const decisions: Change[][] = [];
    for (let steps = random(40); steps > 0; steps--) {
      const [user, other] = [1 + random(users), 1 + random(users)];
      const pair = pairBytes(user, other);
      if (user === other || ever.has(pair)) continue;
      const [relation, expires] = [random(2) === 0 ? "requested" : "contact", hour(random(4) === 0 ? 1 : 9)] as const;
      const there = related(relation);
      decisions.push([setContact(user, other, there, { expires })]);
      ever.set(pair, { user, other, there: relation === "requested" && expires === hour(1) ? undefined : there });
    }
    for (const entry of ever.values()) {
      if (entry.there === undefined || random(20) !== 0) continue;
      decisions.push([setContact(entry.user, entry.other, related("none"), { before: entry.there })]);
      entry.there = undefined;
    }
    const outcomes = await store.commit(decisions);
    expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
    if (round % 10 === 9) await store.sweep(hour(2));
  }
  const readable = async (): Promise<string[]> => {
    expect(await store.truncateLog()).toBe(true);
    const disk = filesOf(path).toString("latin1");
    return [...ever.keys()].filter((pair) => disk.includes(pair));
  };
  const there = [...ever].filter((entry) => entry[1].there !== undefined);
  expect(await readable()).toEqual(there.map(([pair]) => pair));
  expect(ever.size - there.length).toBeGreaterThan(400);
  await store.commit([[releaseUser(1, "user-0")]]);
  const others = there.filter(([, { user, other }]) => user !== 1 && other !== 1);
  expect(others.length).toBeLessThan(there.length);
  expect(await readable()).toEqual(others.map(([pair]) => pair));
}, 60_000);

test("somebody who reads the log keeps it from being truncated, which is said, and holds up no commit", async () => {
  const { store, path } = await openStore({ busyTimeoutMs: 1_000 });
  await store.commit([[insertUser("alice", 1)]]);
  const reader = openDatabase(path);
  reader.exec("BEGIN; SELECT count(*) FROM users");
  await store.commit([[insertUser("bob", 2)]]);
  let truncated: boolean | undefined;
  const truncation = store.truncateLog().then((result) => (truncated = result));
  let commits = 0;
  while (truncated === undefined) {
    expect(await store.commit([[rememberReplay(commits++)]])).toEqual([{ status: "applied", users: [], receipts: [] }]);
    await pause(5);
  }
  expect(commits).toBeGreaterThan(10);
  expect(await truncation).toBe(false);
  reader.exec("COMMIT");
  expect(await store.truncateLog()).toBe(true);
  expect(readFileSync(`${path}-wal`)).toHaveLength(0);
  expect(await store.load([userByName("bob")])).toMatchObject([{ id: 2 }]);
});

test("a sweep goes in steps, between which commits are made", async () => {
  const { store } = await openStore({ now, sweepStep: 5 });
  await store.commit(Array.from({ length: 500 }, (_, index) => [rememberReplay(index, hour(1))]));
  let result: unknown;
  const sweep = store.sweep(hour(2)).then((ended) => (result = ended));
  for (let index = 0; index < 10; index++) {
    expect(await store.commit([[rememberReplay(1_000 + index)]])).toEqual([
      { status: "applied", users: [], receipts: [] },
    ]);
    expect(result).toBeUndefined();
  }
  expect(await sweep).toEqual(swept({ replays: 500 }));
});

test.each([
  { bytes: 20, seed: 11 },
  { bytes: 900, seed: 12 },
])(
  "of copies that are kept, give way and expire, only those that their owner can ask for can be read from the disk ($bytes bytes)",
  async ({ bytes, seed }) => {
    const random = numbersFrom(seed);
    const { store, path } = await openStore({ now, sweepStep: 20 });
    const users = Array.from({ length: 10 }, (_, index) => ({ id: index + 1, copies: [] as number[] }));
    await store.commit(users.map((user) => [insertUser(`user-${user.id}`, user.id)]));
    const most = { copies: 12, bytes: 1e9 };
    let next = 0;
    for (let round = 0; round < 120; round++) {
      const decisions: Change[][] = [];
      for (const user of users) {
        for (let count = random(6); count > 0; count--) {
          const number = next++;
          const copy = Buffer.from(`<copy ${String(number).padStart(6, "0")}>`.padEnd(13 + random(bytes), "."));
          const stays = random(4) > 0;
          decisions.push([keepCopy(user.id, number, { copy, most, expires: hour(stays ? 9 : 0) })]);
          user.copies = [...user.copies, stays ? number : -number].slice(-most.copies);
        }
      }
      const outcomes = await store.commit(decisions);
      expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
      if (round % 10 !== 9) continue;
      await store.sweep(hour(1));
      for (const user of users) user.copies = user.copies.filter((number) => number >= 0);
    }
    await store.commit([[releaseUser(1, "user-1")]]);
    expect(await store.truncateLog()).toBe(true);
    const there = users
      .slice(1)
      .flatMap(({ copies }) => copies)
      .sort((a, b) => a - b);
    expect(next - there.length).toBeGreaterThan(1_000);
    expect(numbersIn(path, /<copy (\d{6})>/g)).toEqual(there);
  },
);
