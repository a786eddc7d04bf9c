/** Seals what we say to somebody, for the key that we trust for them. */
import { sealBody, type V2Plaintext } from "../../protocol/v2/end-to-end.js";
import type { UserName } from "../../protocol/v2/names.js";
import type { RequestId } from "../../protocol/v2/terms.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import { presentOf } from "./signing.js";
import { IDENTITY } from "./tables.js";

export interface SealingComponents {
  readonly book: Book;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "current">;
}

/**
 * The body that says so to `recipient`, in the request of that id: encrypted, and signed by us. Rejects with an `AccountError`:
 * `recipientV1`, `keyChanged`, `notFound`.
 */
export async function sealFor(
  { book, facts, contacts }: SealingComponents,
  recipient: UserName,
  id: RequestId,
  plaintext: V2Plaintext,
): Promise<Uint8Array> {
  const contact = await contacts.current(recipient);
  if (contact.algorithm === "p256") throw new AccountError("recipientV1");
  const { name: sender, key } = presentOf(book.get(IDENTITY));
  const { identity: directory } = await facts.audience();
  return sealBody(plaintext, { directory, sender, recipient, id, recipientKey: contact.key }, key.seed);
}
