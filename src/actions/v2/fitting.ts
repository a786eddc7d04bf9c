/** How much of a list is read for a reply, and how much of it fits what SURBs can carry. */
import { replyPackets } from "../../protocol/packets.js";

/** Packets that were asked for, and that SURBs cover. */
interface Room {
  readonly packets: number;
  readonly credit: number;
}

/** How many rows are read at most: so many for each packet that the reply may have, and `most` in all. */
export function rowsFor(room: Room, perPacket: number, most: number): number {
  return Math.min(most, perPacket * packetsFor(room));
}

/**
 * How many of the first things, of these sizes in bytes beside `frame` bytes, fit `packets` packets, of which `credit` are
 * covered. If not even one does, it alone, when `credit` covers it.
 */
export function fittingCount(sizes: Iterable<number>, frame: number, room: Room): number {
  const asked = packetsFor(room);
  let bytes = frame;
  let count = 0;
  for (const size of sizes) {
    bytes += size;
    if (replyPackets(bytes) > (count === 0 ? Math.max(asked, room.credit) : asked)) break;
    count++;
  }
  return count;
}

function packetsFor({ packets, credit }: Room): number {
  return Math.max(1, Math.min(packets, credit));
}
