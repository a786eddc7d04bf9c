/** What becomes of a message to a group that cannot be read at once: what is about us or the moment must not cost it. */
import { utils } from "@noble/ed25519";
import { describe, expect, it } from "vitest";
import { AccountError, type AccountErrorCode } from "../../../../src/client/v2/account-error.js";
import { type GroupReadingComponents, readGroupMessage } from "../../../../src/client/v2/group-reading.js";
import { newRequestId } from "../../../../src/client/v2/inquiry.js";
import type { Read } from "../../../../src/client/v2/reading.js";
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

  it.each(["closed", "timeout", "unauthorized", "outsideWindow", "notRegistered", "foreignDirectory"] as const)(
    "is read later when it is about us: %s",
    async (code) => {
      await expect(readWithout(code)).rejects.toMatchObject({ code });
    },
  );
});
