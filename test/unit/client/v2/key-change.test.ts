/** The account's keys while it is not known which of them the directory has: none that may be in force is ever forgotten. */
import { getPublicKeyAsync, utils } from "@noble/ed25519";
import { describe, expect, it } from "vitest";
import { AccountError, type AccountErrorCode } from "../../../../src/client/v2/account-error.js";
import { openBook } from "../../../../src/client/v2/book.js";
import type { Contacts } from "../../../../src/client/v2/contacts.js";
import type { DirectoryFacts } from "../../../../src/client/v2/directory-facts.js";
import type { AskHome } from "../../../../src/client/v2/inquiry.js";
import { createKeyChanges } from "../../../../src/client/v2/key-change.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { IDENTITY } from "../../../../src/client/v2/tables.js";
import type { NymAddress } from "../../../../src/protocol/nym-client/address.js";
import type { Ed25519Key } from "../../../../src/protocol/v2/terms.js";

/** What a directory does that is asked for a change: it takes the new key, or, late, that of the time before, and answers so. */
interface Deed {
  readonly takes: boolean | "before";
  readonly answers: AccountErrorCode | "ok";
}

/** Alice's keys, at a directory that does these one after the other. */
async function keysOfAlice(...deeds: Deed[]) {
  const seed = utils.randomSecretKey();
  const book = await openBook(createMemoryRecordStore());
  await book.change((page) =>
    page.put(IDENTITY, "", { name: "alice", status: "registered", keys: [{ keyVersion: 1, seed }] }),
  );
  let inForce: { key: Ed25519Key; keyVersion: number } = { key: await getPublicKeyAsync(seed), keyVersion: 1 };
  let before = inForce.key;
  const asked: string[] = [];
  const askHome = ((action: string, { key }: { key: Ed25519Key }) => {
    asked.push(action);
    const { takes, answers } = deeds.shift() ?? { takes: true, answers: "ok" };
    if (takes !== false) inForce = { key: takes === "before" ? before : key, keyVersion: inForce.keyVersion + 1 };
    before = key;
    return answers === "ok"
      ? Promise.resolve({ keyVersion: inForce.keyVersion })
      : Promise.reject(new AccountError(answers));
  }) as unknown as AskHome;
  const contacts: Pick<Contacts, "ask"> = {
    ask: () => Promise.resolve({ name: "alice", algorithm: "ed25519", ...inForce }),
  };
  const facts = {
    audience: () => Promise.resolve({ identity: new Uint8Array(32).fill(7), epoch: 1 }),
    now: () => 1_800_000_000,
  } as unknown as DirectoryFacts;
  const changes = createKeyChanges({ book, askHome, facts, contacts, home: () => "" as NymAddress });
  return {
    changes,
    asked,
    /** Has she, or will she have, the key that is in force? */
    isHers: async (): Promise<boolean> => {
      const { keys = [], change } = book.get(IDENTITY) ?? {};
      const seeds = [...keys, ...(change === undefined ? [] : [change])].map((each) => each.seed);
      const own = await Promise.all(seeds.map((each) => getPublicKeyAsync(each)));
      return own.some((key) => Buffer.from(key).equals(inForce.key));
    },
    isSettled: () => book.get(IDENTITY)?.change === undefined,
  };
}

describe("a change of key", () => {
  it("is asked for again for as long as it may have taken effect", async () => {
    for (const answers of ["outsideWindow", "timeout", "unavailable"] as const) {
      const { changes, isHers, isSettled } = await keysOfAlice({ takes: true, answers });
      await expect(changes.rotate(undefined)).rejects.toMatchObject({ code: answers });
      expect([await isHers(), isSettled()]).toEqual([true, false]);
    }
  });

  it("is not forgotten while the key that makes it is in force: what was sent last may be on its way", async () => {
    const { changes, isHers, isSettled, asked } = await keysOfAlice({ takes: false, answers: "unauthorized" });
    await expect(changes.rotate(undefined)).rejects.toMatchObject({ code: "unauthorized" });
    expect(isSettled()).toBe(false);
    await changes.settled();
    expect([await isHers(), isSettled(), asked.length]).toEqual([true, true, 2]);
  });

  it("is settled before the account is taken back with its recovery key", async () => {
    const lost = { takes: true, answers: "timeout" } as const;
    const { changes, isHers, isSettled } = await keysOfAlice(
      lost,
      { takes: false, answers: "ok" },
      {
        takes: false,
        answers: "recoveryClosed",
      },
    );
    await expect(changes.rotate(undefined)).rejects.toMatchObject({ code: "timeout" });
    const by = { seed: utils.randomSecretKey(), keyVersion: 1 };
    await expect(changes.recover("alice", by)).rejects.toMatchObject({ code: "recoveryClosed" });
    expect([await isHers(), isSettled()]).toEqual([true, true]);
  });

  it("by recovery makes the same key, whichever version the recovery key is tried for", async () => {
    const refused = { takes: false, answers: "unauthorized" } as const;
    const { changes, isHers, asked } = await keysOfAlice({ takes: true, answers: "ok" }, refused, {
      takes: "before",
      answers: "unauthorized",
    });
    await changes.rotate(undefined);
    await changes.recover("alice", { seed: utils.randomSecretKey() });
    expect(asked).toEqual(["rotate", "recover", "recover"]);
    expect(await isHers()).toBe(true);
  });
});
