/** What becomes of a message to a group that cannot be read at once: what is about us or the moment must not cost it. */
import { utils } from "@noble/ed25519";
import { describe, expect, it } from "vitest";
import { AccountError, type AccountErrorCode } from "../../../../src/client/v2/account-error.js";
import { type GroupReadingComponents, readGroupMessage } from "../../../../src/client/v2/group-reading.js";
import { newRequestId } from "../../../../src/client/v2/inquiry.js";
import { openBook } from "../../../../src/client/v2/book.js";
import type { Read } from "../../../../src/client/v2/reading.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { publicKeyOf } from "../../../../src/client/v2/seeds.js";
import { IDENTITY } from "../../../../src/client/v2/tables.js";
import { sealBody } from "../../../../src/protocol/v2/end-to-end.js";
import { newGroupKey, sealGroupMessage } from "../../../../src/protocol/v2/group-messages.js";
import type { GroupId } from "../../../../src/protocol/v2/groups.js";
import { type UserName, userName } from "../../../../src/protocol/v2/names.js";

const GROUP = new Uint8Array(16).fill(9) as Uint8Array as GroupId;
const DIRECTORY = new Uint8Array(32).fill(7);
const UNUSED = { keyVersion: 1, epoch: undefined };
const ALICE = userName("alice") as UserName;

/** Reads what alice says, with a key that we do not have, and for which we are told so when we ask her. */
async function readWithout(code: AccountErrorCode): Promise<Read> {
  const id = newRequestId();
  const context = { directory: DIRECTORY, group: GROUP, sender: "alice", id };
  const plaintext = { kind: "text", time: 1_800_000_000, text: "hello" } as const;
  const body = await sealGroupMessage(plaintext, context, newGroupKey(), utils.randomSecretKey());
  const keys = { known: () => undefined, ask: () => Promise.reject(new AccountError(code)) };
  const components = { keys } as unknown as GroupReadingComponents;
  return readGroupMessage(components, {
    kind: "groupMessage",
    sequence: 1,
    group: GROUP,
    sender: ALICE,
    id,
    body,
    ...UNUSED,
  });
}

describe("a message whose key its sender cannot be asked for", () => {
  it("cannot be read when there is nobody to be asked", async () => {
    for (const code of ["notFound", "notPermitted", "recipientV1"] as const)
      expect(await readWithout(code)).toEqual({ refused: "unreadable", sender: "alice" });
  });

  it("waits for a new key to be trusted", async () => {
    expect(await readWithout("keyChanged")).toEqual({ held: "alice" });
  });

  it.each([
    "closed",
    "timeout",
    "unauthorized",
    "outsideWindow",
    "notRegistered",
    "foreignDirectory",
    "unverified",
  ] as const)("is read later when it is about us: %s", async (code) => {
    await expect(readWithout(code)).rejects.toMatchObject({ code });
  });
});

/** Reads a key that alice hands to bob, who is told so when he reads the log. */
async function readKey(code: AccountErrorCode): Promise<Read> {
  const [from, to] = [utils.randomSecretKey(), utils.randomSecretKey()];
  const id = newRequestId();
  const context = { directory: DIRECTORY, sender: "alice", recipient: "bob", id, recipientKey: await publicKeyOf(to) };
  const handed = { kind: "groupKey", time: 1_800_000_000, group: GROUP, key: newGroupKey() } as const;
  const body = await sealBody(handed, context, from);
  const book = await openBook(createMemoryRecordStore());
  await book.change((page) =>
    page.put(IDENTITY, "", { name: "bob", status: "registered", keys: [{ keyVersion: 1, seed: to }] }),
  );
  const alice = {
    name: "alice",
    algorithm: "ed25519",
    key: await publicKeyOf(from),
    keyVersion: 1,
    checked: 0,
  } as const;
  const components = {
    book,
    facts: { audience: () => Promise.resolve({ identity: DIRECTORY, epoch: 1 }) },
    contacts: { known: () => alice },
    logs: { known: () => undefined, refresh: () => Promise.reject(new AccountError(code)) },
  } as unknown as GroupReadingComponents;
  return readGroupMessage(components, {
    kind: "groupMessage",
    ...UNUSED,
    sequence: 1,
    group: GROUP,
    sender: ALICE,
    id,
    body,
  });
}

describe("a key from somebody who is not known to be in the group", () => {
  it("waits while somebody has changed the group with a key that is not trusted", async () => {
    expect(await readKey("keyChanged")).toEqual({ held: "alice" });
  });

  it("is not taken from who is not, and is read later when that cannot be told", async () => {
    expect(await readKey("notFound")).toEqual({ refused: "notMember", sender: "alice" });
    for (const code of ["timeout", "closed", "unverified"] as const)
      await expect(readKey(code)).rejects.toMatchObject({ code });
  });
});
