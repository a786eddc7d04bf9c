import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fetch } from "../../../../src/actions/v2/fetch.js";
import { replyPackets } from "../../../../src/protocol/packets.js";
import { encodeMessagePayload } from "../../../../src/protocol/v2/payload.js";
import { encodeReply } from "../../../../src/protocol/v2/reply-codec.js";
import type { ItemPage, V2Reply } from "../../../../src/protocol/v2/reply.js";
import { deliveriesOf, mailboxOf } from "../../../../src/store/rows.js";
import type { Delivery } from "../../../../src/store/rows.js";
import type { Sequence } from "../../../../src/store/identifiers.js";
import type { Hour } from "../../../../src/util/time.js";
import { context } from "../../../support/actions.js";
import { arrived, carol, carolKey, proven, requestId, signed } from "../../../support/v2-requests.js";

const requestOf = (packets: number, after = 0) => signed("fetch", { after, packets }, { key: carolKey, name: "carol" });

/** Bytes that travel. */
function sizeOf(reply: V2Reply): number {
  return encodeReply(reply, { directory: new Uint8Array(32), sign: () => new Uint8Array(64) }).length;
}

/** Messages of so many bytes, of sequences from `first`. */
function waiting(sizes: readonly number[], first = 1): Delivery[] {
  return sizes.map((size, index) => ({
    recipient: carol.id,
    sequence: (first + index) as Sequence,
    payload: encodeMessagePayload({
      sender: "dave",
      keyVersion: 1,
      id: requestId(`${index}`),
      body: new Uint8Array(size),
    }),
  }));
}

function fetched(
  deliveries: readonly Delivery[],
  { packets = 255, credit = 255, more = false, fullSince = undefined as number | undefined } = {},
): { readonly reply: V2Reply; readonly page: ItemPage; readonly packets: number } {
  const mailbox = { messages: 9, bytes: 9, lastSequence: 0 as const, fullSince: fullSince as Hour | undefined };
  const rows = { user: carol, page: { deliveries, more }, mailbox, challenge: undefined };
  const { reply, changes } = fetch.decide({ ...proven(requestOf(packets)), credit }, rows, context);
  expect(changes).toEqual([]);
  if (reply?.dialect !== "v2" || reply.result !== "ok" || reply.action !== "fetch") throw new Error("no page");
  const bytes = sizeOf(reply);
  return { reply, page: reply.answer, packets: replyPackets(bytes) };
}

const sequences = ({ items }: ItemPage) => items.map(({ sequence }) => sequence);

describe("fetch", () => {
  it("reads what is above the cursor, no more than its packets could hold, and the mailbox", () => {
    const read = (packets: number, credit: number) =>
      fetch.readsNext?.(arrived(requestOf(packets, 7), credit), { user: carol, challenge: undefined }, context);
    expect(read(1, 10)).toEqual({ page: deliveriesOf(carol.id, 7, 24), mailbox: mailboxOf(carol.id) });
    expect(read(10, 2)).toEqual({ page: deliveriesOf(carol.id, 7, 48), mailbox: mailboxOf(carol.id) });
    expect(read(255, 255)).toEqual({ page: deliveriesOf(carol.id, 7, 256), mailbox: mailboxOf(carol.id) });
  });

  it("brings everything when it fits, with its bodies, and says that nothing is left", () => {
    expect(fetched(waiting([3, 0])).page).toEqual({
      items: [
        { sequence: 1, kind: "message", sender: "dave", keyVersion: 1, id: requestId("0"), body: new Uint8Array(3) },
        { sequence: 2, kind: "message", sender: "dave", keyVersion: 1, id: requestId("1"), body: new Uint8Array() },
      ],
      more: false,
      fullSince: undefined,
    });
    expect(fetched([]).page).toEqual({ items: [], more: false, fullSince: undefined });
  });

  it("says that there are more when the store has more, or when not everything fits", () => {
    expect(fetched(waiting([3]), { more: true }).page.more).toBe(true);
    const { page, packets } = fetched(waiting([1000, 1000]), { packets: 1 });
    expect([sequences(page), page.more, packets]).toEqual([[1], true, 1]);
  });

  it("says since when the mailbox was full", () => {
    expect(fetched([], { fullSince: 490_000 }).page.fullSince).toBe(490_000);
  });

  it.each([
    [2, 1],
    [1, 2],
  ])("with %d packets asked for and SURBs for %d has one packet", (packets, credit) => {
    const answer = fetched(waiting(Array<number>(30).fill(300)), { packets, credit });
    expect([answer.packets, answer.page.more]).toEqual([1, true]);
    expect(answer.page.items.length).toBeGreaterThan(3);
  });

  it("brings ten messages of 120 bytes in one packet", () => {
    const answer = fetched(waiting(Array<number>(10).fill(120), 1_000_000), { packets: 2 });
    expect([answer.page.items.length, answer.packets, answer.page.more]).toEqual([10, 1, false]);
  });

  it("brings a message of 1,300 bytes in one packet", () => {
    const answer = fetched(waiting([1300]), { packets: 1, fullSince: 490_000 });
    expect([answer.page.items.length, answer.packets]).toEqual([1, 1]);
  });

  it("brings a first item that needs more than was asked for alone, when SURBs cover it", () => {
    const large = waiting([5000, 1]);
    expect(sequences(fetched(large, { packets: 1, credit: 4 }).page)).toEqual([1]);
    expect(fetched(large, { packets: 1, credit: 4 }).packets).toBe(4);
    expect(sequences(fetched(waiting([1, 5000]), { packets: 1, credit: 4 }).page)).toEqual([1]);
  });

  it("leaves out a first item that SURBs do not cover, and says that there is more", () => {
    const { page } = fetched(waiting([5000, 1]), { packets: 10, credit: 3 });
    expect([page.items, page.more]).toEqual([[], true]);
  });

  it("passes over what this version cannot read", () => {
    const strange = { recipient: carol.id, sequence: 1 as Sequence, payload: Uint8Array.of(255) };
    expect(sequences(fetched([strange, ...waiting([1], 2)]).page)).toEqual([2]);
  });

  it("never has more packets than SURBs cover, and leaves nothing out that would have fitted", () => {
    const sizes = fc.array(fc.nat({ max: 4000 }), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (all, packets, credit) => {
        const deliveries = waiting(all, 20);
        const answer = fetched(deliveries, { packets, credit, fullSince: 490_000, more: true });
        const count = answer.page.items.length;
        expect(sequences(answer.page)).toEqual(deliveries.slice(0, count).map(({ sequence }) => sequence));
        expect(answer.packets).toBeLessThanOrEqual(count === 1 ? credit : Math.min(packets, credit));
        if (count === all.length) return;
        // The size of a page is known to two bytes, before its items are counted.
        const sizes = all.slice(0, count + 1).map((size, index) => (index === count ? size + 2 : size));
        const { reply } = fetched(waiting(sizes, 20), { fullSince: 490_000, more: true });
        const packetsOfOneMore = replyPackets(sizeOf(reply));
        expect(packetsOfOneMore).toBeGreaterThan(count === 0 ? credit : Math.min(packets, credit));
      }),
      { numRuns: 300 },
    );
  });
});
