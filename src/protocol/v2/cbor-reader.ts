/**
 * Reads the CBOR of v2. What is read is written again and compared, so that everything that is read has one form only;
 * and reading is given up when there is more of it than any message has.
 */
import { decodeFirst, Tokenizer } from "cborg";
import { type Cbor, encodeCbor } from "./cbor-writer.js";

/** How much an item may consist of. */
export interface CborBounds {
  /** Items, those inside of others and keys among them. */
  readonly items: number;
  /** Arrays and maps, which also bounds how deep they nest. */
  readonly containers: number;
}

const READING = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
};
const MAJOR_ARRAY = 4;
const MAJOR_MAP = 5;

/** Reads the item with which `bytes` begin, and its length; `undefined` when there is none, or none of v2's kinds and form. */
export function decodeCbor(
  bytes: Uint8Array,
  bounds: CborBounds,
): { readonly item: Cbor; readonly length: number } | undefined {
  try {
    const options = { ...READING, tokenizer: new BoundedTokenizer(bytes, bounds) };
    const [item, rest] = decodeFirst(bytes, options) as [Cbor, Uint8Array];
    const length = bytes.length - rest.length;
    return isPrefix(encodeCbor(item), bytes, length) ? { item, length } : undefined;
  } catch {
    return undefined;
  }
}

/** Are these the first `length` of those bytes? */
function isPrefix(prefix: Uint8Array, bytes: Uint8Array, length: number): boolean {
  if (prefix.length !== length) return false;
  for (let index = 0; index < length; index++) if (prefix[index] !== bytes[index]) return false;
  return true;
}

class BoundedTokenizer extends Tokenizer {
  #items: number;
  #containers: number;

  constructor(bytes: Uint8Array, { items, containers }: CborBounds) {
    // As no subclass: cuts of a Buffer would be Buffers.
    super(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), READING);
    this.#items = items;
    this.#containers = containers;
  }

  override next(): ReturnType<Tokenizer["next"]> {
    const token = super.next();
    const { major } = token.type;
    if (major === MAJOR_ARRAY || major === MAJOR_MAP) this.#containers--;
    if (--this.#items < 0 || this.#containers < 0) throw new RangeError("too many items");
    return token;
  }
}
