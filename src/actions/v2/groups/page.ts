/** Parts of what is long: as many items as fit the packets that were asked for and that SURBs cover. */
import { replyPackets } from "../../../protocol/packets.js";
import { cborBytes } from "../../../protocol/v2/cbor.js";
import type { Cbor } from "../../../protocol/v2/cbor.js";

/** Envelope and the answer's other fields, the largest profile among them; and the array's own length. */
const BESIDE_BYTES = 64 + 320;

/** How many packets the reply to a page may have. */
export function packetsFor({ packets, credit }: { readonly packets: number; readonly credit: number }): number {
  return Math.max(1, Math.min(packets, credit));
}

/** The first items that fit `packets`; one always does. */
export function fitting<T>(items: readonly T[], encode: (item: T) => Cbor, packets: number): readonly T[] {
  let bytes = BESIDE_BYTES;
  const end = items.findIndex((item) => replyPackets((bytes += cborBytes(encode(item)))) > packets);
  return end === -1 ? items : items.slice(0, Math.max(1, end));
}
