/** How many bytes a list of contacts takes in a reply: pages are packed to the byte. */
import { cborBytes } from "./cbor.js";
import { type ContactEntry, contactEntry } from "./contacts.js";

/** The most that the reply takes besides its entries, of which there are at most 65,535. */
export const CONTACTS_FRAME_BYTES = 1 + (1 + 1) + (1 + 1) + (1 + 17) + (1 + 1) + 1 + (1 + (1 + 3) + (1 + 1) + (1 + 1));

/** Bytes of an entry. */
export function contactEntryBytes(entry: ContactEntry): number {
  return cborBytes(contactEntry.encode(entry));
}
