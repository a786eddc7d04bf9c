/** How much of a list fits into a reply that SURBs can carry. */
import { replyPackets } from "../../protocol/packets.js";

/**
 * How many of the first things, of these sizes in bytes beside `frame` bytes, fit `packets` packets, of which `credit` are
 * covered. If not even one does, it alone, when `credit` covers it.
 */
export function fittingCount(
  sizes: readonly number[],
  frame: number,
  { packets, credit }: { readonly packets: number; readonly credit: number },
): number {
  const asked = Math.max(1, Math.min(packets, credit));
  let bytes = frame;
  let count = 0;
  for (const size of sizes) {
    bytes += size;
    if (replyPackets(bytes) > (count === 0 ? Math.max(asked, credit) : asked)) break;
    count++;
  }
  return count;
}
