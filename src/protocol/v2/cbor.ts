/**
 * The CBOR of v2: deterministic (RFC 8949, 4.2.1), and of few kinds of data. What is read is written again and compared,
 * so that everything that is read has one form only; and reading is given up when there is more than any message has.
 */
import { decodeFirst, encode, Tokenizer } from "cborg";
import { encodedLength } from "cborg/length";

/** An item: a number, a string of bytes or text, or what is made of them. v2 writes whole numbers from 0 to 2^53 - 1 only. */
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | ReadonlyMap<number, Cbor>;

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

/** The bytes of an item. Throws a RangeError for what is none: another number, or a key that is none. */
export function encodeCbor(item: Cbor): Uint8Array {
  if (!isOfV2(item)) throw new RangeError("no item of v2");
  // The order of the library's own is another one, but not for keys like these; and it is twice as quick.
  return plain(encode(item));
}

/** How many bytes an item takes. */
export function cborBytes(item: Cbor): number {
  return encodedLength(item);
}

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

/** Numbers are whole and not negative, and so are keys: nothing else is to be told apart by who reads it. */
function isOfV2(item: unknown): boolean {
  if (typeof item === "number") return Number.isSafeInteger(item) && item >= 0;
  if (item instanceof Map) {
    for (const [key, value] of item) if (typeof key !== "number" || !isOfV2(key) || !isOfV2(value)) return false;
    return true;
  }
  return !Array.isArray(item) || item.every(isOfV2);
}

/** The same bytes as no subclass: cuts of a Buffer would be Buffers. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
    super(plain(bytes), READING);
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
