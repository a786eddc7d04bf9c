import { describe, expect, it, test } from "vitest";
import { createAdministration } from "../../src/administer.js";
import type { Change, Outcome } from "../../src/store/changes.js";
import { userByName } from "../../src/store/rows.js";
import type { Store } from "../../src/store/store.js";
import { HOUR_MS } from "../../src/util/time.js";
import {
  at,
  changeKey,
  hour,
  insertUser,
  outcomeId,
  releaseUser,
  rememberOutcome,
  reserveName,
  sendMessage,
  storeMessage,
} from "../support/changes.js";
import { openMemoryStore } from "../support/memory-store.js";
import { openStore } from "../support/sqlite-store.js";
import { recordEvents } from "../support/supervised.js";

const HOLD_HOURS = 48;

interface Options {
  /** Instead of the store's own. */
  readonly load?: Store["load"];
  readonly commit?: (changes: readonly Change[], store: Store) => Promise<Outcome | undefined>;
}

/** The administration of a store, what it logged, and whom it told. */
function administrationOf(store: Store, options: Options = {}) {
  const { events, lines } = recordEvents();
  const told: unknown[] = [];
  const { commit } = options;
  const administer = createAdministration(
    {
      store: {
        load: options.load ?? ((keys) => store.load(keys)),
        counts: () => store.counts(),
        commit: (decisions) =>
          commit === undefined
            ? store.commit(decisions)
            : Promise.all(decisions.map(async (changes) => (await commit(changes, store)) ?? { status: "failed" })),
      },
      events,
      clock: () => at(0),
      sizes: () => Promise.resolve({ database: 4096, writeAheadLog: 17 }),
      released: (user, receipts) => void told.push([user, ...receipts]),
    },
    { reservedNames: new Set(["root"]), nameHold: HOLD_HOURS * HOUR_MS },
  );
  return { administer, lines, told };
}

const STORES: Readonly<Record<string, () => Promise<Store>>> = {
  memory: () => Promise.resolve(openMemoryStore({ quota: undefined, now: () => at(0) })),
  SQLite: async () => (await openStore({ now: () => at(0) })).store,
};

const text = (of: number): string => `${new Date(hour(of) * HOUR_MS).toISOString().slice(0, 16)}Z`;

describe.each(Object.entries(STORES))("the administration of a store in %s", (_, open) => {
  test("counts", async () => {
    const store = await open();
    const { administer, lines } = administrationOf(store);
    const nothing = { users: 0, heldNames: 0, reservedNames: 0, groups: 0, messages: 0, messageBytes: 0 };
    const sizes = { databaseBytes: 4096, writeAheadLogBytes: 17 };
    expect(await administer({ command: "counts" })).toEqual({ ...nothing, ...sizes, registrationsStopped: false });
    await store.commit([
      [insertUser("alice", 1)],
      [insertUser("bob", 2)],
      [insertUser("carol", 3)],
      [releaseUser(3, "carol", 1, hour(9))],
      [reserveName("dora"), reserveName("erin")],
      [storeMessage(1, "hello", 1)],
    ]);
    expect(await administer({ command: "stop-registrations" })).toEqual({ result: "done" });
    expect(await administer({ command: "counts" })).toEqual({
      ...{ users: 2, heldNames: 1, reservedNames: 2, groups: 0, messages: 1, messageBytes: 5 },
      ...{ ...sizes, registrationsStopped: true },
    });
    expect(lines.filter((line) => line.startsWith("info"))).toEqual(
      Array.from({ length: 2 }, () => 'info operator asked {"action":"counts"}'),
    );
  });

  test("tells of a user when and how much, and of nobody why the name is nobody's", async () => {
    const store = await open();
    const { administer, lines } = administrationOf(store);
    await store.commit([
      [insertUser("alice", 1)],
      [insertUser("carol", 3)],
      [changeKey(1, 1, { at: hour(5) })],
      [storeMessage(1, "hello", 1), storeMessage(1, "again", 2)],
      [releaseUser(2, "carol", 1, hour(9))],
      [reserveName("dora")],
    ]);
    expect(await administer({ command: "user", name: "ALICE" })).toEqual({
      state: "registered",
      ...{ registered: text(0), keyChanged: text(5), routeUntil: null, keys: 2 },
      ...{ messages: 2, messageBytes: 10, fullSince: null },
      ...{ groups: 0, invitations: 0, contacts: 0, contactRequests: 0, prekeys: 0, copies: 0 },
    });
    for (const [name, report] of [
      ["carol", { state: "held", until: text(9) }],
      ["Dora", { state: "reserved", by: "operator" }],
      ["ROOT", { state: "reserved", by: "setting" }],
      ["nobody", { state: "free" }],
    ] as const) {
      expect(await administer({ command: "user", name })).toEqual(report);
    }
    expect(new Set(lines)).toEqual(new Set(['info operator asked {"action":"user"}']));
  });

  test("deletes a user, and tells of those who got receipts", async () => {
    const store = await open();
    const { administer, lines, told } = administrationOf(store);
    await store.commit([
      [insertUser("alice", 1)],
      [insertUser("bob", 2)],
      [
        rememberOutcome(7, 100, hour(9)),
        sendMessage(1, 7, { payload: "hello", origin: 7, receiptTo: 2, expires: hour(9), outcomeExpires: hour(9) }),
      ],
    ]);
    expect(await administer({ command: "delete-user", name: "Alice" })).toEqual({
      result: "done",
      heldUntil: text(HOLD_HOURS),
    });
    expect(told).toEqual([[1, 2]]);
    expect(await store.load([userByName("alice"), { table: "outcome", id: outcomeId(7) }])).toMatchObject([
      undefined,
      { digest: expect.anything() as unknown },
    ]);
    expect(await administer({ command: "delete-user", name: "Alice" })).toEqual({ result: "noUser" });
    expect(lines).toEqual([
      'warn operator acted {"action":"delete-user","result":"done"}',
      'warn operator acted {"action":"delete-user","result":"noUser"}',
    ]);
  });
});

describe("a change that others are faster than", () => {
  it("is decided again: who changes their key while they are deleted is deleted", async () => {
    const store = openMemoryStore({ quota: undefined, now: () => at(0) });
    await store.commit([[insertUser("alice", 1)]]);
    let raced = false;
    const { administer, told } = administrationOf(store, {
      async commit(changes) {
        if (!raced) await store.commit([[changeKey(1, 1, { at: hour(1) })]]);
        raced = true;
        return (await store.commit([changes]))[0];
      },
    });
    expect(await administer({ command: "delete-user", name: "alice" })).toMatchObject({ result: "done" });
    expect(told).toEqual([[1]]);
  });

  it("is told who was faster: a name that is registered while it is reserved is in use", async () => {
    const store = openMemoryStore({ quota: undefined, now: () => at(0) });
    const { administer } = administrationOf(store, {
      async commit(changes) {
        await store.commit([[insertUser("alice", 1)]]);
        return (await store.commit([changes]))[0];
      },
    });
    expect(await administer({ command: "reserve", name: "alice" })).toEqual({ result: "inUse" });
  });

  it("is given up after three times", async () => {
    const store = openMemoryStore({ quota: undefined, now: () => at(0) });
    let times = 0;
    const { administer, lines } = administrationOf(store, {
      commit: () => Promise.resolve(++times > 0 ? ({ status: "conflict" } as const) : undefined),
    });
    expect(await administer({ command: "reserve", name: "alice" })).toEqual({ result: "busy" });
    expect(times).toBe(3);
    expect(lines).toEqual(['warn operator acted {"action":"reserve","result":"busy"}']);
  });
});

describe("a store that fails", () => {
  it("is said when it cannot write, and nobody is told of a user who stays", async () => {
    const store = openMemoryStore({ quota: undefined, now: () => at(0) });
    await store.commit([[insertUser("alice", 1)]]);
    const { administer, told, lines } = administrationOf(store, { commit: () => Promise.resolve(undefined) });
    expect(await administer({ command: "delete-user", name: "alice" })).toEqual({ result: "unavailable" });
    expect(told).toEqual([]);
    expect(lines).toEqual(['warn operator acted {"action":"delete-user","result":"unavailable"}']);
  });

  it("rejects when it cannot be read, and the line is there all the same", async () => {
    const store = openMemoryStore({ quota: undefined, now: () => at(0) });
    const { administer, lines } = administrationOf(store, { load: () => Promise.reject(new Error("no disk")) });
    await expect(administer({ command: "free", name: "alice" })).rejects.toThrow("no disk");
    await expect(administer({ command: "user", name: "alice" })).rejects.toThrow("no disk");
    expect(lines).toEqual([
      'warn operator acted {"action":"free","result":"unavailable"}',
      'info operator asked {"action":"user"}',
    ]);
  });
});
