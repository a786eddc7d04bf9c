import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replyPackets } from "../../../../src/protocol/packets.js";
import { decodeCbor } from "../../../../src/protocol/v2/cbor.js";
import { EMPTY_FETCH_BYTES, EMPTY_PUSH_BYTES, itemBytes } from "../../../../src/protocol/v2/items.js";
import { encodePush, encodeReply } from "../../../../src/protocol/v2/reply-codec.js";
import type { Item, ItemPage } from "../../../../src/protocol/v2/reply.js";
import { requestId } from "../../../support/v2-requests.js";
import { anyItem } from "../../../support/v2-arbitraries.js";

const signer = { directory: new Uint8Array(32), sign: () => new Uint8Array(64) };
const page = (items: readonly Item[], more: boolean, fullSince: number | undefined): ItemPage => ({
  items,
  more,
  fullSince,
});
const push = (answer: ItemPage): Uint8Array =>
  encodePush({ dialect: "v2", action: "push", id: requestId("latest"), ...answer });
const fetched = (answer: ItemPage): Uint8Array =>
  encodeReply({ dialect: "v2", id: requestId("fetch"), action: "fetch", result: "ok", answer }, signer);

/** Bytes without padding. */
function bytesOf(message: Uint8Array): number {
  return decodeCbor(message, { items: 1e6, containers: 1e6 })?.length ?? NaN;
}

describe.each([
  ["a push", push, EMPTY_PUSH_BYTES],
  ["the reply to a fetch", fetched, EMPTY_FETCH_BYTES],
])("%s", (_, encode, empty) => {
  it("never takes more than is counted on, and hardly less", () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 60 }), fc.boolean(), fc.boolean(), (items, more, full) => {
        const counted = items.reduce((bytes, item) => bytes + itemBytes(item), empty);
        const taken = bytesOf(encode(page(items, more, full ? 500_000 : undefined)));
        expect(counted).toBeGreaterThanOrEqual(taken);
        expect(counted - taken).toBeLessThanOrEqual(10);
      }),
    );
  });

  it("takes as many packets as are counted on when it is filled to the last byte", () => {
    const receipt: Item = { sequence: 5, kind: "receipt", id: requestId("send"), state: "expired" };
    const item = (body: number): Item => ({
      sequence: 2 ** 31,
      kind: "message",
      sender: "bob",
      keyVersion: 1,
      id: requestId("a"),
      body: new Uint8Array(body),
    });
    for (const packets of [1, 2, 3]) {
      const receipts = Array.from({ length: 300 * packets }, () => receipt);
      const items = receipts.slice(0, Math.floor((1604 * packets - 3 - empty) / itemBytes(receipt)) - 20);
      const left = 1604 * packets - 3 - empty - items.length * itemBytes(receipt);
      const last = item(left - itemBytes(item(300)) + 300);
      expect(itemBytes(last)).toBe(left);
      expect(replyPackets(encode(page([...items, last], true, 500_000)).length)).toBe(packets);
    }
  });
});

it("an item is as long as a page grows by it", () => {
  fc.assert(
    fc.property(anyItem, (item) => {
      expect(bytesOf(push(page([item], false, undefined))) - bytesOf(push(page([], false, undefined)))).toBe(
        itemBytes(item),
      );
    }),
  );
});
