/** What an account sends is sent in the same bytes until there is an answer, by the next process too: its copy as well. */
import { getPublicKeyAsync, utils } from "@noble/ed25519";
import { expect, it } from "vitest";
import { AccountError } from "../../../../src/client/v2/account-error.js";
import { openBook } from "../../../../src/client/v2/book.js";
import { openOwn } from "../../../../src/client/v2/copies.js";
import { createDirectPost } from "../../../../src/client/v2/direct-post.js";
import type { DirectoryFacts } from "../../../../src/client/v2/directory-facts.js";
import type { AskHome, Sign } from "../../../../src/client/v2/inquiry.js";
import { createOutbox } from "../../../../src/client/v2/outbox.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { IDENTITY, type KnownContact } from "../../../../src/client/v2/tables.js";
import type { GroupId } from "../../../../src/protocol/v2/groups.js";
import type { Bodies } from "../../../../src/protocol/v2/request.js";
import { until } from "../../../support/until.js";

const TIME = 1_800_000_000;
const DIRECTORY = { identity: new Uint8Array(32).fill(7), epoch: 1 };
const facts = {
  audience: () => Promise.resolve(DIRECTORY),
  now: () => TIME,
  known: undefined,
} as unknown as DirectoryFacts;
const key = await getPublicKeyAsync(utils.randomSecretKey());
const GROUP = new Uint8Array(16).fill(3) as Uint8Array as GroupId;
const bob: KnownContact = { name: "bob", algorithm: "ed25519", key, keyVersion: 1, checked: TIME };

/** Alice's outbox, in a process of its own, at a directory that answers so. */
async function outboxIn(
  store: ReturnType<typeof createMemoryRecordStore>,
  answer: () => Promise<object>,
  handAgain: (group: GroupId) => Promise<void> = () => Promise.resolve(),
  owed: () => readonly GroupId[] = () => [],
) {
  const book = await openBook(store);
  const sent: Bodies["send"][] = [];
  const askHome = ((_: "send", body: Bodies["send"]) => {
    sent.push(body);
    return answer();
  }) as unknown as AskHome;
  const closing = new AbortController();
  const sign: Sign = () => Promise.reject(new Error("unused"));
  const contacts = { current: () => Promise.resolve(bob) };
  const outbox = createOutbox(
    {
      ...{ book, askHome, sign, facts, arrived: () => undefined, observe: () => undefined },
      directPost: createDirectPost({ book, askHome, sign, facts, contacts }),
      ...{ groupPost: { post: () => Promise.resolve() }, handAgain, owed },
    },
    { pause: [1, 1], random: () => 0, closing: closing.signal },
  );
  return { book, outbox, sent, end: () => closing.abort() };
}

it("a copy is sealed once, and only when it is asked for", async () => {
  const store = createMemoryRecordStore();
  const timeout = (): Promise<never> => Promise.reject(new AccountError("timeout"));
  const first = await outboxIn(store, timeout);
  const keys = [{ keyVersion: 1, seed: utils.randomSecretKey() }];
  await first.book.change((page) => page.put(IDENTITY, "", { name: "alice", status: "registered", keys }));
  const id = await first.outbox.put("bob", "for both of us", { copy: true });
  await until(() => first.sent.length > 1);
  first.end();
  const second = await outboxIn(store, () => Promise.resolve({}));
  second.outbox.wakeAll();
  await until(() => second.outbox.pending().every(({ state }) => state === "stored"));
  const [body, ...others] = [...first.sent, ...second.sent];
  for (const other of others) expect(other).toEqual(body);
  expect(await openOwn({ book: second.book, facts }, { id, copy: body?.copy ?? new Uint8Array() }, [])).toEqual({
    conversation: "bob",
    time: TIME,
    text: "for both of us",
  });
  await second.outbox.put("bob", "for you", {});
  await until(() => second.sent.length === 2);
  expect(second.sent[1]).not.toHaveProperty("copy");
  second.end();
});

it("a key that is needed again while others are handed is handed too", async () => {
  const handing: (() => void)[] = [];
  const handAgain = (): Promise<void> => new Promise((resolve) => handing.push(resolve));
  const answer = (): Promise<object> => Promise.resolve({});
  const { outbox, end } = await outboxIn(createMemoryRecordStore(), answer, handAgain);
  outbox.wakeGroup(GROUP);
  await until(() => handing.length === 1);
  outbox.wakeGroup(GROUP);
  handing[0]?.();
  await until(() => handing.length === 2);
  handing[1]?.();
  end();
});

it("a key that was needed when the last process ended is handed by the next, until it has been", async () => {
  let owed = [GROUP];
  let handed = 0;
  const handAgain = (): Promise<void> => {
    // At the first time its member cannot be handed it.
    if (++handed === 2) owed = [];
    return Promise.resolve();
  };
  const answer = (): Promise<object> => Promise.resolve({});
  const { outbox, end } = await outboxIn(createMemoryRecordStore(), answer, handAgain, () => owed);
  for (const times of [1, 2]) {
    outbox.wakeAll();
    await until(() => handed === times);
  }
  outbox.wakeAll();
  outbox.wakeGroup(new Uint8Array(16).fill(4) as Uint8Array as GroupId);
  await until(() => handed > 2);
  expect(handed).toBe(3);
  end();
});
