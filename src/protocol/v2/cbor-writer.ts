/**
 * Writes the CBOR of v2: deterministic (RFC 8949, 4.2.1), and of few kinds of data. Ours, and not a library's, because a
 * `send` is written three times by the directory: to see that it was deterministic, to check its signature, to know it again.
 */

/** An item: a whole number from 0 to 2^53 - 1, a string of bytes or text, or what is made of them. Keys ascend. */
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | ReadonlyMap<number, Cbor>;

/** Major types (RFC 8949, 3.1), in the place where the first byte of an item has them; and the simple values. */
const UINT = 0x00;
const BYTES = 0x40;
const TEXT = 0x60;
const ARRAY = 0x80;
const MAP = 0xa0;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

const utf8 = new TextEncoder();

/** The bytes of an item. Throws a RangeError for what is none: another number, keys that do not ascend. */
export function encodeCbor(item: Cbor): Uint8Array {
  const out = new Uint8Array(cborBytes(item));
  write(out, 0, item);
  return out;
}

/** How many bytes an item takes. */
export function cborBytes(item: Cbor): number {
  if (typeof item === "number") return headBytes(item);
  if (typeof item === "string") return stringBytes(textBytes(item));
  if (typeof item === "boolean" || item === null) return 1;
  if (item instanceof Uint8Array) return stringBytes(item.length);
  if (item instanceof Map) {
    let bytes = headBytes(item.size);
    for (const [key, value] of item as ReadonlyMap<number, Cbor>) bytes += headBytes(key) + cborBytes(value);
    return bytes;
  }
  const items = item as readonly Cbor[];
  return items.reduce<number>((bytes, each) => bytes + cborBytes(each), headBytes(items.length));
}

/** Writes the item at `at`, and returns where the next one goes. */
function write(out: Uint8Array, at: number, item: Cbor): number {
  if (typeof item === "number") return writeHead(out, at, UINT, item);
  if (typeof item === "string") return writeText(out, at, item);
  if (typeof item === "boolean" || item === null) {
    out[at] = item === null ? NULL : item ? TRUE : FALSE;
    return at + 1;
  }
  if (item instanceof Uint8Array) {
    const start = writeHead(out, at, BYTES, item.length);
    out.set(item, start);
    return start + item.length;
  }
  if (item instanceof Map) return writeMap(out, at, item as ReadonlyMap<number, Cbor>);
  const items = item as readonly Cbor[];
  return items.reduce<number>((end, each) => write(out, end, each), writeHead(out, at, ARRAY, items.length));
}

function writeMap(out: Uint8Array, at: number, map: ReadonlyMap<number, Cbor>): number {
  let end = writeHead(out, at, MAP, map.size);
  let before = -1;
  for (const [key, value] of map) {
    if (key <= before) throw new RangeError("keys do not ascend");
    before = key;
    end = write(out, writeHead(out, end, UINT, key), value);
  }
  return end;
}

function writeText(out: Uint8Array, at: number, text: string): number {
  const length = textBytes(text);
  const start = writeHead(out, at, TEXT, length);
  if (length !== text.length) utf8.encodeInto(text, out.subarray(start));
  else for (let index = 0; index < length; index++) out[start + index] = text.charCodeAt(index);
  return start + length;
}

/** The number with which an item begins, in as few bytes as it fits. */
function writeHead(out: Uint8Array, at: number, major: number, number: number): number {
  const bytes = headBytes(number);
  if (bytes === 1) {
    out[at] = major | number;
    return at + 1;
  }
  out[at] = major | (24 + Math.log2(bytes - 1));
  for (let index = bytes - 1, rest = number; index > 0; index--, rest = Math.floor(rest / 256)) out[at + index] = rest;
  return at + bytes;
}

function headBytes(number: number): number {
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError("no number of v2");
  if (number < 24) return 1;
  if (number < 2 ** 8) return 2;
  if (number < 2 ** 16) return 3;
  return number < 2 ** 32 ? 5 : 9;
}

function stringBytes(length: number): number {
  return headBytes(length) + length;
}

/** Bytes of a text in UTF-8. */
function textBytes(text: string): number {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return utf8.encode(text).length;
  return text.length;
}
