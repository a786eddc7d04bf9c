/**
 * What is to be done when a message comes to its end, as bytes that lie behind it in its slot: who sent it to whom must go
 * as thoroughly as what was written, and copies of other rows can stay in unused parts of pages (see `slots.ts`).
 */
import type { Hour } from "../../util/time.js";
import type { Change } from "../changes.js";
import type { UserId } from "../identifiers.js";

/** The outcome to settle and the receipt to put, if there are any. */
export type Settlement = Pick<Extract<Change, { kind: "storeMessage" }>, "outcome" | "receipt">;

const ID_BYTES = 16;
const NUMBER_BYTES = 8;
/** Two optional parts, each a byte that says that it is there, an id and a number. */
const PART_BYTES = 1 + ID_BYTES + NUMBER_BYTES;
/** The most that a settlement takes. */
export const SETTLEMENT_BYTES = 2 * PART_BYTES;

/** Encodes it; no bytes when nothing is to be done. Throws a `RangeError` when an id is not of 16 bytes. */
export function encodeSettlement({ outcome, receipt }: Settlement): Uint8Array {
  if (outcome === undefined && receipt === undefined) return Buffer.alloc(0);
  const bytes = Buffer.alloc(SETTLEMENT_BYTES);
  if (outcome !== undefined) writePart(bytes, 0, outcome.id, outcome.expires);
  if (receipt !== undefined) writePart(bytes, PART_BYTES, receipt.id, receipt.to);
  return bytes;
}

/** Decodes what follows a message in its slot, which is filled up with zero bytes, if there is room for anything. */
export function decodeSettlement(bytes: Buffer): Settlement {
  const outcome = readPart(bytes, 0);
  const receipt = readPart(bytes, PART_BYTES);
  return {
    ...(outcome !== undefined && { outcome: { id: outcome.id, expires: outcome.number as Hour } }),
    ...(receipt !== undefined && { receipt: { id: receipt.id, to: receipt.number as UserId } }),
  };
}

function writePart(bytes: Buffer, start: number, id: Uint8Array, number: number): void {
  if (id.length !== ID_BYTES) throw new RangeError("an id is not of 16 bytes");
  bytes[start] = 1;
  bytes.set(id, start + 1);
  bytes.writeDoubleBE(number, start + 1 + ID_BYTES);
}

function readPart(bytes: Buffer, start: number): { readonly id: Uint8Array; readonly number: number } | undefined {
  if (bytes[start] !== 1 || bytes.length < start + PART_BYTES) return undefined;
  const end = start + 1 + ID_BYTES;
  return { id: bytes.subarray(start + 1, end), number: bytes.readDoubleBE(end) };
}
