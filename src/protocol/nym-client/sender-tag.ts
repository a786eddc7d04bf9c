/**
 * senderTags: 16 random bytes chosen by the sender's Nym client, the handle under which our Nym client keeps that
 * sender's SURBs. A tag is a bearer secret: it never goes into a log, a metric or an error text.
 */
import { base58 } from "@scure/base";

/** A senderTag as 32 lowercase hex characters (cheap to compare and to use as a key). */
export type SenderTag = string & { readonly __brand: "SenderTag" };

/** Length in bytes of a senderTag in a binary frame. */
export const SENDER_TAG_BYTES = 16;

/** The tag in `frame` at `offset`. */
export function senderTagAt(frame: Buffer, offset: number): SenderTag {
  return frame.toString("hex", offset, offset + SENDER_TAG_BYTES) as SenderTag;
}

/** The base58 form that text frames use. */
export function senderTagToBase58(tag: SenderTag): string {
  return base58.encode(Buffer.from(tag, "hex"));
}

/** Parses the base58 form; throws when it is not base58 or not 16 bytes. */
export function senderTagFromBase58(text: string): SenderTag {
  const bytes = base58.decode(text);
  if (bytes.length !== SENDER_TAG_BYTES) throw new RangeError(`a senderTag has ${SENDER_TAG_BYTES} bytes`);
  return Buffer.from(bytes).toString("hex") as SenderTag;
}
