import { getPublicKeyAsync } from "@noble/ed25519";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GroupKey, isSignedBy } from "../../../../src/protocol/v2/end-to-end.js";
import {
  GROUP_BODY_BYTES,
  type GroupMessageContext,
  groupKeyId,
  newGroupKey,
  openGroupMessage,
  sealGroupMessage,
  sealingKeyOf,
} from "../../../../src/protocol/v2/group-messages.js";
import type { GroupId } from "../../../../src/protocol/v2/groups.js";
import type { Ed25519Key, RequestId } from "../../../../src/protocol/v2/terms.js";

const filled = (bytes: number, value: number): Uint8Array => new Uint8Array(bytes).fill(value);
const seed = filled(32, 1);
const key = filled(32, 2) as GroupKey;
const context: GroupMessageContext = {
  directory: filled(32, 3),
  group: filled(16, 4) as GroupId,
  sender: "Alice",
  id: filled(16, 5) as RequestId,
};
const said = { kind: "text", time: 1_790_000_000, text: "to all of you" } as const;

describe("a message to a group", () => {
  it("is opened with its sender's key, and signed by them", async () => {
    const body = await sealGroupMessage(said, context, key, seed);
    expect(body.length).toBeLessThanOrEqual(GROUP_BODY_BYTES + said.text.length);
    expect(sealingKeyOf(body)).toEqual(await groupKeyId(context, key));
    const opened = await openGroupMessage(body, { ...context, sender: "ALICE" }, key);
    expect(opened?.plaintext).toEqual(said);
    if (opened === undefined) return;
    expect(await isSignedBy((await getPublicKeyAsync(seed)) as Ed25519Key, opened)).toBe(true);
    expect(await isSignedBy((await getPublicKeyAsync(filled(32, 9))) as Ed25519Key, opened)).toBe(false);
  });

  it("has always the same bytes", async () => {
    const body = await sealGroupMessage(said, context, key, seed);
    expect(Buffer.from(body).toString("hex")).toMatchInlineSnapshot(
      `"023d06517bf0348b3309f23e8b4d12e79c6e2dc260474882ca54af2bef810e8e55f28a45048e082e98ac14e73d632f1de1573a3d9431e4e3ab5f42d98b02964d46467f34c6bc3dc9ad17862bc2435519c1bd606333846fcaa2ba793b9d7266d509cfc406e00136414024dd09fce89306a755363196f667a017ecbb7617600289d5607424796f"`,
    );
  });

  it("is good for no other group, sender, message or directory, and with no other key", async () => {
    const body = await sealGroupMessage(said, context, key, seed);
    const others: Partial<GroupMessageContext>[] = [
      { directory: filled(32, 9) },
      { group: filled(16, 9) as GroupId },
      { sender: "bob" },
      { id: filled(16, 9) as RequestId },
    ];
    for (const other of others) expect(await openGroupMessage(body, { ...context, ...other }, key)).toBeUndefined();
    expect(await openGroupMessage(body, context, newGroupKey())).toBeUndefined();
  });

  it("is not opened when it was changed, cut or made up", async () => {
    const body = await sealGroupMessage(said, context, key, seed);
    for (let at = 0; at < body.length; at += 7) {
      const changed = Uint8Array.from(body, (byte, index) => (index === at ? byte ^ 1 : byte));
      // The key's id is only a name: with it another key is looked for.
      if (at === 0 || at > 32) expect(await openGroupMessage(changed, context, key), String(at)).toBeUndefined();
      expect(await openGroupMessage(body.subarray(0, at), context, key)).toBeUndefined();
    }
    const anything = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      expect(await openGroupMessage(Uint8Array.of(2, ...bytes), context, key)).toBeUndefined();
    });
    await fc.assert(anything, { numRuns: 50 });
  });

  it("has another key for each sender and group, by its id", async () => {
    const ids = await Promise.all([
      groupKeyId(context, key),
      groupKeyId({ ...context, sender: "bob" }, key),
      groupKeyId({ ...context, group: filled(16, 9) as GroupId }, key),
      groupKeyId({ ...context, directory: filled(32, 9) }, key),
      groupKeyId(context, filled(32, 9) as GroupKey),
    ]);
    expect(new Set(ids.map((id) => Buffer.from(id).toString("hex"))).size).toBe(5);
  });
});
