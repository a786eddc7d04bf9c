/** Pages: items of a mailbox packed into messages of as few packets as each can be, in their order. */
import { replyPackets } from "../protocol/packets.js";
import { EMPTY_PUSH_BYTES, itemBytes } from "../protocol/v2/items.js";
import type { Item } from "../protocol/v2/reply.js";

/** Pages such that each has the packets that its first item needs, and is filled up with those that follow. */
export function pagesOf(items: readonly Item[]): Item[][] {
  const pages: Item[][] = [];
  let page: Item[] = [];
  let bytes = 0;
  let packets = 0;
  for (const item of items) {
    const size = itemBytes(item);
    if (page.length > 0 && replyPackets(bytes + size) <= packets) {
      page.push(item);
      bytes += size;
      continue;
    }
    page = [item];
    pages.push(page);
    bytes = EMPTY_PUSH_BYTES + size;
    packets = replyPackets(bytes);
  }
  return pages;
}
