/** Parts of what is long of a group: as many items as fit the packets that were asked for and that SURBs cover. */
import { cborBytes } from "../../../protocol/v2/cbor.js";
import type { Cbor } from "../../../protocol/v2/cbor.js";
import { fittingCount } from "../fitting.js";

/** Envelope and the answer's other fields, the largest profile among them; and the array's own length. */
const BESIDE_BYTES = 64 + 320;

/** The first items that fit. One always does: none is larger than a packet. */
export function fitting<T>(
  items: readonly T[],
  encode: (item: T) => Cbor,
  room: { readonly packets: number; readonly credit: number },
): readonly T[] {
  return items.slice(0, fittingCount(sizesOf(items, encode), BESIDE_BYTES, room));
}

/** One after the other, as those that do not fit need not be encoded. */
function* sizesOf<T>(items: readonly T[], encode: (item: T) => Cbor): Iterable<number> {
  for (const item of items) yield cborBytes(encode(item));
}
