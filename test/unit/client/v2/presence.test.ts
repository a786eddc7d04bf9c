/** Who has logged out stays away, whatever was being asked when they did. */
import { getPublicKeyAsync, utils } from "@noble/ed25519";
import { describe, expect, it } from "vitest";
import { type Book, openBook } from "../../../../src/client/v2/book.js";
import type { DirectoryFacts } from "../../../../src/client/v2/directory-facts.js";
import type { AskHome, Sign } from "../../../../src/client/v2/inquiry.js";
import { createMembership } from "../../../../src/client/v2/membership.js";
import { createPresence } from "../../../../src/client/v2/presence.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { IDENTITY } from "../../../../src/client/v2/tables.js";
import type { NymAddress } from "../../../../src/protocol/nym-client/address.js";
import { until } from "../../../support/until.js";

const seed = utils.randomSecretKey();
const key = await getPublicKeyAsync(seed);
const nowhere = "nowhere" as NymAddress;
const nothing = (): void => undefined;

/** An account at a directory that knows no way to it, and answers when it is told to. */
async function account() {
  const book: Book = await openBook(createMemoryRecordStore());
  const keys = [{ keyVersion: 1, seed }];
  await book.change((page) => page.put(IDENTITY, "", { name: "alice", status: "registered", keys }));
  const open: { readonly action: string; readonly answer: () => void }[] = [];
  const asked: string[] = [];
  const events: string[] = [];
  const answers: Readonly<Record<string, object>> = {
    status: { routed: false, lastSequence: 0 },
    login: { challenge: new Uint8Array(20) },
  };
  const askHome = ((action: string) => {
    asked.push(action);
    return new Promise((resolve) => open.push({ action, answer: () => resolve(answers[action] ?? {}) }));
  }) as unknown as AskHome;
  const facts = {
    audience: () => Promise.resolve({ identity: key, epoch: 1 }),
    now: () => 0,
  } as unknown as DirectoryFacts;
  const sign: Sign = () => Promise.reject(new Error("unused"));
  const contacts = { ask: () => Promise.resolve(undefined) };
  const membership = createMembership({ book, askHome, facts, contacts, home: () => nowhere, sign });
  const presence = createPresence({
    ...{ book, askHome, sign, facts, membership, clock: () => 0, lookups: () => nowhere },
    arrivals: { upTo: nothing },
    outbox: { review: () => Promise.resolve(), wakeAll: nothing },
    move: () => Promise.resolve(),
    observe: ({ type }) => void events.push(type),
  });
  return {
    ...{ membership, presence, asked, events },
    status: () => book.get(IDENTITY)?.status,
    /** Answers the first request of this action that is open, once it is there. */
    async answer(action: string): Promise<void> {
      await until(() => open.some((each) => each.action === action));
      const at = open.findIndex((each) => each.action === action);
      for (const each of open.splice(at, 1)) each.answer();
    },
  };
}

describe("an account that logs out", () => {
  it("while it asks how it stands is not logged in again by the answer", async () => {
    const alice = await account();
    const appearing = alice.presence.appear();
    await until(() => alice.asked.includes("status"));
    const leaving = alice.membership.logout();
    await alice.answer("logout");
    await leaving;
    await alice.answer("status");
    await appearing;
    expect([alice.status(), alice.asked, alice.events]).toEqual(["away", ["status", "logout"], []]);
  });

  it("while it is being logged in again is logged out after that", async () => {
    const alice = await account();
    const appearing = alice.presence.appear();
    await alice.answer("status");
    await until(() => alice.asked.includes("login"));
    const leaving = alice.membership.logout();
    for (const action of ["login", "prove", "logout"]) await alice.answer(action);
    await Promise.all([appearing, leaving]);
    expect([alice.status(), alice.asked]).toEqual(["away", ["status", "login", "prove", "logout"]]);
  });
});

it("an account that is logged in, and whose way the directory has lost, is logged in again", async () => {
  const alice = await account();
  const appearing = alice.presence.appear();
  for (const action of ["status", "login", "prove"]) await alice.answer(action);
  await appearing;
  expect([alice.status(), alice.events]).toEqual(["registered", ["loggedIn"]]);
});
