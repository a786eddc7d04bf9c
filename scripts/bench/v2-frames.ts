/** Where things stand in messages of v2, for who has no time to decode them: deterministic CBOR puts them at fixed places. */

/** The id in a request and in a reply: `{0: 2, 1: action below 24, 2: id ..`. */
export const ID_AT = 7;
export const ID_BYTES = 16;
/** The code in a reply, if it is below 24. */
const CODE_AT = ID_AT + ID_BYTES + 1;
/** `{0: 2, 1: 0, 2: id, 4: {0: [`, with four entries: up to the id, and bytes up to the page. */
const PUSH_HEAD = Buffer.from("a4000201000250", "hex");
const PAGE_AT = ID_AT + ID_BYTES + 1;
const SMALL = 24;
const ONE_BYTE = 24;
const TWO_BYTES = 25;

/** Is this the answer `ok`? */
export function isOk(reply: Buffer): boolean {
  return reply[CODE_AT] === 0;
}

/** How many items a push brings, and the sequence of the first; `undefined` for what is no push. */
export function pushedItems(message: Buffer): { readonly count: number; readonly first: number } | undefined {
  if (!message.subarray(0, PUSH_HEAD.length).equals(PUSH_HEAD)) return undefined;
  // The head of the page's map and its key 0 are one byte each; so is the head of an item.
  const items = numberAt(message, PAGE_AT + 2);
  const sequence = numberAt(message, items.end + 1);
  return { count: items.value, first: sequence.value };
}

/** The argument of the head at `offset` (RFC 8949, 3), below 2^32, and where the head ends. */
function numberAt(message: Buffer, offset: number): { readonly value: number; readonly end: number } {
  const kind = (message[offset] ?? 0) & 0x1f;
  if (kind < SMALL) return { value: kind, end: offset + 1 };
  if (kind === ONE_BYTE) return { value: message.readUInt8(offset + 1), end: offset + 2 };
  if (kind === TWO_BYTES) return { value: message.readUInt16BE(offset + 1), end: offset + 3 };
  return { value: message.readUInt32BE(offset + 1), end: offset + 5 };
}
