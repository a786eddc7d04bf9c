/** What an account sends to a group while the group changes: at a directory that answers what the test says. */
import { bytesToHex } from "@noble/curves/utils.js";
import { utils } from "@noble/ed25519";
import { expect, it } from "vitest";
import { AccountError, type AccountErrorCode } from "../../../../src/client/v2/account-error.js";
import { openBook } from "../../../../src/client/v2/book.js";
import type { DirectoryFacts } from "../../../../src/client/v2/directory-facts.js";
import { createGroupPost } from "../../../../src/client/v2/group-post.js";
import type { KnownGroup, OwnGroupKey } from "../../../../src/client/v2/group-tables.js";
import { type AskHome, newRequestId } from "../../../../src/client/v2/inquiry.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { IDENTITY, type Identity, type Outgoing, OUTGOING } from "../../../../src/client/v2/tables.js";
import { groupKeyId, newGroupKey } from "../../../../src/protocol/v2/group-messages.js";
import type { GroupId } from "../../../../src/protocol/v2/groups.js";

const TIME = 1_800_000_000;
const DIRECTORY = { identity: new Uint8Array(32).fill(7), epoch: 1 };
const GROUP = new Uint8Array(16).fill(9) as Uint8Array as GroupId;

interface Sent {
  readonly sequence: number;
  readonly body: Uint8Array;
}

/**
 * Posts a message of alice's; the directory answers with these codes, then takes it. `meanwhile`, before each repetition, she has
 * another key of her own, or, since somebody has left, for the group. Resolves with what was sent.
 */
async function post(answers: AccountErrorCode[], meanwhile?: "rotated" | "left"): Promise<Sent[]> {
  const book = await openBook(createMemoryRecordStore());
  const identity = (): Identity => {
    return { name: "alice", status: "registered", keys: [{ keyVersion: 1, seed: utils.randomSecretKey() }] };
  };
  const message: Outgoing = {
    ...{ id: newRequestId(), time: TIME, state: "waiting", text: "hello", receipt: false, copied: false },
    ...{ recipient: "09".repeat(16), toGroup: true },
  };
  await book.change((page) => {
    page.put(IDENTITY, "", identity());
    page.append(OUTGOING, message);
  });
  let sequence = 1;
  const known = (): KnownGroup => ({ group: GROUP, sequence }) as KnownGroup;
  const logs = { known, refresh: () => Promise.resolve({ ...known(), sequence: ++sequence }) };
  const owned = { directory: DIRECTORY.identity, group: GROUP, sender: "alice" };
  const newKey = async (): Promise<OwnGroupKey> => {
    const key = newGroupKey();
    return { id: await groupKeyId(owned, key), key, since: 1 };
  };
  let present = await newKey();
  const sent: Sent[] = [];
  const askHome = ((_: "groupSend", body: Sent) => {
    sent.push(body);
    const code = answers.shift();
    return code === undefined ? Promise.resolve({}) : Promise.reject(new AccountError(code));
  }) as unknown as AskHome;
  const facts = { audience: () => Promise.resolve(DIRECTORY), now: () => TIME } as unknown as DirectoryFacts;
  const handed = async (): Promise<OwnGroupKey> => {
    if (sent.length > 0 && meanwhile === "left") present = await newKey();
    if (sent.length > 0 && meanwhile === "rotated") await book.change((page) => page.put(IDENTITY, "", identity()));
    return present;
  };
  const sign = () => Promise.reject(new Error("nothing is signed here"));
  await createGroupPost({ book, askHome, sign, facts, logs, keys: { handed } }).post(message, GROUP);
  return sent;
}

const sequences = (sent: readonly Sent[]): number[] => sent.map(({ sequence }) => sequence);
const bodies = (sent: readonly Sent[]): number => new Set(sent.map(({ body }) => bytesToHex(body))).size;

it("a message is sent anew for what the group has become, and in the same bytes for as long as its key is the same", async () => {
  expect(sequences(await post([]))).toEqual([1]);
  const sent = await post(["outdated", "outdated"]);
  expect([sequences(sent), bodies(sent)]).toEqual([[1, 2, 3], 1]);
  expect(bodies(await post(["outdated", "outdated"], "rotated"))).toBe(1);
  expect(bodies(await post(["outdated", "outdated"], "left"))).toBe(3);
});

it("a message of which an earlier form was stored is stored", async () => {
  // The second `outdated` is the first once more: what it seems to answer was stored meanwhile.
  expect(sequences(await post(["outdated", "outdated", "idReused"]))).toEqual([1, 2, 3]);
});

it("a message that is refused for what it is is not sent again", async () => {
  await expect(post(["notPermitted"])).rejects.toMatchObject({ code: "notPermitted" });
  await expect(post(Array<"outdated">(8).fill("outdated"))).rejects.toMatchObject({ code: "busy" });
});
