/** Opens what somebody has sealed for us, and says whether it is by whom it claims: by the key that we trust for them. */
import {
  isSignedBy,
  type MessageContext,
  type Unsealed,
  unsealBody,
  type V2Plaintext,
} from "../../protocol/v2/end-to-end.js";
import type { RequestId } from "../../protocol/v2/terms.js";
import { sameKey } from "../keys.js";
import type { Refusal } from "./account-event.js";
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import { publicKeyOf } from "./seeds.js";
import { presentOf } from "./signing.js";
import { IDENTITY } from "./tables.js";

export interface OpeningComponents {
  readonly book: Book;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "ask" | "lookup" | "known">;
}

/** Something that came sealed, and the request that brought it. */
export interface Sealed {
  readonly sender: string;
  readonly id: RequestId;
  readonly body: Uint8Array;
}

/** Who has written something. */
export interface Author {
  /** As registered. */
  readonly sender: string;
  /** Was the sender's key unknown before? */
  readonly firstContact: boolean;
}

/** A reason why something cannot be told, or whose new key has to be trusted before. */
export type Unopened = { readonly refused: Refusal } | { readonly held: string };

/** What it says and who does, or why that cannot be told. */
export type Opened = (Author & { readonly plaintext: V2Plaintext }) | Unopened;

/** Opens a body. Rejects with an `AccountError` when the directory could not be asked for its sender. */
export async function openSealed(
  { book, facts, contacts }: OpeningComponents,
  { sender, id, body }: Sealed,
): Promise<Opened> {
  const { name } = presentOf(book.get(IDENTITY));
  const { identity: directory } = await facts.audience();
  const unsealed = await unseal(book, body, { directory, sender, recipient: name, id });
  if (typeof unsealed === "string") return { refused: unsealed };
  const author = await authorOfSigned({ contacts }, sender, unsealed);
  return "sender" in author ? { plaintext: unsealed.plaintext, ...author } : author;
}

/** Who has signed something, if it is by whom it claims. Rejects with an `AccountError` when the directory could not be asked. */
export async function authorOfSigned(
  { contacts }: Pick<OpeningComponents, "contacts">,
  sender: string,
  signed: Pick<Unsealed, "signature" | "signed">,
): Promise<Author | Unopened> {
  const contact = contacts.known(sender);
  if (contact?.algorithm === "ed25519" && (await isSignedBy(contact.key, signed)))
    return { sender: contact.name, firstContact: false };
  const user = await (contact === undefined ? contacts.lookup(sender) : contacts.ask(sender));
  if (user?.algorithm !== "ed25519") return { refused: "unknownSender" };
  const isNews = contact === undefined || !sameKey(contact.key, user.key);
  if (!isNews || !(await isSignedBy(user.key, signed))) return { refused: "unsigned" };
  return contact === undefined ? { sender: user.name, firstContact: true } : { held: contact.name };
}

/** With the present key, or one of before. */
async function unseal(
  book: Book,
  sealed: Uint8Array,
  context: Omit<MessageContext, "recipientKey">,
): Promise<Unsealed | "malformed" | "unreadable"> {
  for (const { seed } of book.get(IDENTITY)?.keys.toReversed() ?? []) {
    const opened = await unsealBody(sealed, { ...context, recipientKey: await publicKeyOf(seed) }, seed);
    if (!("failure" in opened)) return opened;
    if (opened.failure === "malformed") return "malformed";
  }
  return "unreadable";
}
