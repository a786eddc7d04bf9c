/** What an account makes of the pages of its history, whatever the directory puts there. */
import { utils } from "@noble/ed25519";
import { bytesToHex } from "@noble/curves/utils.js";
import { describe, expect, it } from "vitest";
import { AccountError } from "../../../../src/client/v2/account-error.js";
import { openBook } from "../../../../src/client/v2/book.js";
import { sealOwn } from "../../../../src/client/v2/copies.js";
import { createHistory, type KeptMessage } from "../../../../src/client/v2/history.js";
import type { AskHome } from "../../../../src/client/v2/inquiry.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { IDENTITY } from "../../../../src/client/v2/tables.js";
import type { GroupId } from "../../../../src/protocol/v2/groups.js";
import type { HistoryAnswers, HistoryBodies, KeptCopy } from "../../../../src/protocol/v2/history.js";
import { codeOf } from "../../../support/account-person.js";
import { requestId } from "../../../support/v2-requests.js";

const HOUR = 500_000;
const TIME = 1_800_000_000;
const GROUP = new Uint8Array(16).fill(9) as Uint8Array as GroupId;
const facts = { audience: () => Promise.resolve({ identity: new Uint8Array(32).fill(7), epoch: 1 }) };

interface Asked {
  readonly action: "history" | "unread";
  readonly body: HistoryBodies["history"] | HistoryBodies["unread"];
  readonly surbs: number | undefined;
}

/** Alice, at a directory that gives these answers, one after the other. */
async function alice() {
  const book = await openBook(createMemoryRecordStore());
  const keys = [1, 2].map((keyVersion) => ({ keyVersion, seed: utils.randomSecretKey() }));
  const identity = { name: "Alice", status: "registered", keys } as const;
  await book.change((page) => page.put(IDENTITY, "", identity));
  const answers: (HistoryAnswers["history"] | HistoryAnswers["unread"])[] = [];
  const asked: Asked[] = [];
  const askHome = ((action: Asked["action"], body: Asked["body"], { surbs }: { surbs?: number }) => {
    asked.push({ action, body, surbs });
    const answer = answers.shift();
    return answer === undefined ? Promise.reject(new AccountError("timeout")) : Promise.resolve(answer);
  }) as unknown as AskHome;
  const sign = (): Promise<never> => Promise.reject(new Error("unused"));
  return {
    answers,
    asked,
    history: createHistory({ book, facts, askHome, sign }),
    /** A copy that is sealed with a key of hers. */
    copy: async (
      cursor: number,
      conversation: string | GroupId,
      text: string,
      key = keys.at(-1),
    ): Promise<KeptCopy> => {
      const [id, sealing] = [requestId(`message ${cursor}`), await openBook(createMemoryRecordStore())];
      await sealing.change((page) => page.put(IDENTITY, "", { ...identity, keys: key === undefined ? [] : [key] }));
      const copy = await sealOwn({ book: sealing, facts }, id, { conversation, time: TIME, text });
      return { cursor, id, hour: HOUR, copy };
    },
    older: keys[0],
  };
}

async function all(kept: AsyncIterable<KeptMessage>): Promise<KeptMessage[]> {
  const found: KeptMessage[] = [];
  for await (const each of kept) found.push(each);
  return found;
}

describe("what was sent", () => {
  it("is told with its conversation, whichever of our keys has sealed it", async () => {
    const { answers, history, copy, older } = await alice();
    const copies = [await copy(3, "bob", "one", older), await copy(5, GROUP, "two")];
    answers.push({ copies, more: false });
    const [first, second] = copies.map(({ id }) => bytesToHex(id));
    expect(await all(history.all({ after: 2 }))).toEqual([
      { cursor: 3, id: first, kind: "direct", to: "bob", text: "one", at: TIME * 1_000 },
      { cursor: 5, id: second, kind: "group", group: bytesToHex(GROUP), text: "two", at: TIME * 1_000 },
    ]);
  });

  it("is asked for page by page, each above the one before, and no further than it is read", async () => {
    const { answers, asked, history, copy } = await alice();
    answers.push({ copies: [await copy(3, "bob", "one"), await copy(7, "bob", "two")], more: true });
    answers.push({ copies: [await copy(8, "bob", "three")], more: true });
    const texts: string[] = [];
    for await (const each of history.with("Bob", { after: 2 })) {
      if (each.kind === "direct") texts.push(each.text);
      if (each.cursor === 8) break;
    }
    expect(texts).toEqual(["one", "two", "three"]);
    expect(asked.map(({ body }) => body)).toMatchObject([
      { name: "Bob", after: 2 },
      { name: "Bob", after: 7 },
    ]);
  });

  it("brings more SURBs for a copy that is longer than a page, and fewer again after it", async () => {
    const { answers, asked, history, copy } = await alice();
    const none = { copies: [], more: true };
    answers.push(none, none, { copies: [await copy(1, GROUP, "long")], more: true }, { copies: [], more: false });
    expect(await all(history.group(bytesToHex(GROUP)))).toHaveLength(1);
    const pages = asked.map(({ body, surbs }) => [surbs, body.packets]);
    expect(pages).toEqual([[3, 2], [6, 5], [12, 11], [3, 2]]); // prettier-ignore
    expect(asked.map(({ body }) => body)).toMatchObject(Array.from({ length: 4 }, () => ({ group: GROUP })));
  });

  it("that no number of SURBs brings ends with an error, not as if it were the end", async () => {
    const { answers, history } = await alice();
    answers.push(...Array.from({ length: 20 }, () => ({ copies: [], more: true })));
    expect(await codeOf(all(history.all()))).toBe("tooLarge");
  });

  it.each<[string, string | GroupId]>([
    ["another user", "carol"],
    ["a group", GROUP],
  ])("to %s is not shown as said to this one", async (_, conversation) => {
    const { answers, history, copy } = await alice();
    answers.push({
      copies: [await copy(1, conversation, "not for you"), await copy(2, "BOB", "for you")],
      more: false,
    });
    expect(await all(history.with("bob"))).toMatchObject([
      { cursor: 1, kind: "unreadable", reason: "misplaced", at: HOUR * 3_600_000 },
      { cursor: 2, kind: "direct", to: "BOB", text: "for you" },
    ]);
  });

  it("to another group, or to somebody, is not shown as said to this group", async () => {
    const { answers, history, copy } = await alice();
    const name = bytesToHex(GROUP);
    const other = new Uint8Array(16).fill(8) as Uint8Array as GroupId;
    const copies = [
      await copy(1, other, "there"),
      await copy(2, name, "to one of that name"),
      await copy(3, GROUP, "here"),
    ];
    answers.push({ copies, more: false });
    const kept = await all(history.group(name.toUpperCase()));
    expect(kept.map((each) => (each.kind === "unreadable" ? each.reason : each.kind))).toEqual([
      "misplaced",
      "misplaced",
      "group",
    ]);
  });

  it("and cannot be read is told as such, and is nothing to what follows", async () => {
    const { answers, history, copy } = await alice();
    const [one, two, three] = [await copy(1, "bob", "one"), await copy(2, "bob", "two"), await copy(3, "bob", "three")];
    const stranger = { keyVersion: 3, seed: utils.randomSecretKey() };
    const copies = [
      { ...one, id: two.id },
      await copy(2, "bob", "of a key that is gone", stranger),
      { ...three, copy: new Uint8Array([2, 0]) },
      await copy(4, "bob", "four"),
    ];
    answers.push({ copies, more: false }, { copies, more: false });
    const reasons = (kept: readonly KeptMessage[]): string[] =>
      kept.map((each) => (each.kind === "unreadable" ? each.reason : each.kind));
    expect(reasons(await all(history.with("bob")))).toEqual(["sealed", "sealed", "malformed", "direct"]);
    const seeds = [utils.randomSecretKey(), stranger.seed];
    expect(reasons(await all(history.with("bob", { seeds })))).toEqual(["sealed", "direct", "malformed", "direct"]);
  });

  it("is not taken twice, nor out of its order", async () => {
    const { answers, history, copy } = await alice();
    answers.push(
      { copies: [await copy(2, "bob", "one")], more: true },
      { copies: [await copy(2, "bob", "one")], more: true },
    );
    expect(await codeOf(all(history.all()))).toBe("unverified");
    answers.push({ copies: [await copy(2, "bob", "one"), await copy(1, "bob", "two")], more: false });
    expect(await codeOf(all(history.all()))).toBe("unverified");
    answers.push({ copies: [await copy(5, "bob", "one")], more: false });
    expect(await codeOf(all(history.all({ after: 5 })))).toBe("unverified");
  });

  it("is told as far as it came when the directory does not answer any more", async () => {
    const { answers, history, copy } = await alice();
    answers.push({ copies: [await copy(1, "bob", "one")], more: true });
    const found: number[] = [];
    const reading = (async () => {
      for await (const { cursor } of history.all()) found.push(cursor);
    })();
    expect(await codeOf(reading)).toBe("timeout");
    expect(found).toEqual([1]);
  });
});

describe("what waits", () => {
  it("is counted by sender and group, page by page, and the later word is the true one", async () => {
    const { answers, asked, history } = await alice();
    const from = (cursor: number, sender: string, messages: number, group?: GroupId) => {
      return { cursor, sender, group, messages };
    };
    answers.push({ senders: [from(1, "bob", 3), from(2, "bob", 1, GROUP)], more: true });
    answers.push({ senders: [from(4, "carol", 1), from(5, "Bob", 1)], more: false });
    expect(await history.unread()).toEqual([
      { sender: "bob", group: bytesToHex(GROUP), messages: 1 },
      { sender: "carol", messages: 1 },
      { sender: "Bob", messages: 1 },
    ]);
    expect(asked.map(({ body }) => body.after)).toEqual([0, 2]);
  });

  it("is not counted for ever", async () => {
    const { answers, history } = await alice();
    const bob = { cursor: 1, sender: "bob", group: undefined, messages: 1 };
    answers.push({ senders: [bob], more: true }, { senders: [bob], more: true });
    expect(await codeOf(history.unread())).toBe("unverified");
    answers.splice(0, 2, { senders: [], more: true });
    expect(await codeOf(history.unread())).toBe("unverified");
  });
});
