/** Opens what came: a message is told when it is signed by the key that we trust for its sender, and never twice. */
import { decodeContent } from "../../protocol/v1/message-content.js";
import { isSignedBy, type MessageContext, type Unsealed, unsealBody } from "../../protocol/v2/end-to-end.js";
import type { Item } from "../../protocol/v2/reply.js";
import { sameKey } from "../keys.js";
import type { Refusal } from "./account-event.js";
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import { publicKeyOf } from "./seeds.js";
import { presentOf } from "./signing.js";
import { IDENTITY } from "./tables.js";

/** What came of opening: a text, a reason why there is none, or that it has to wait until a key is trusted. */
export type Read =
  | { readonly sender: string; readonly text: string; readonly at: number; readonly firstContact: boolean }
  | { readonly refused: Refusal; readonly sender: string | undefined }
  | { readonly held: string };

export interface ReadingComponents {
  readonly book: Book;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "ask" | "lookup" | "known">;
}

/** Opens an item that is no receipt. Rejects with an `AccountError` when the directory could not be asked for the sender. */
export async function readItem(
  { book, facts, contacts }: ReadingComponents,
  item: Exclude<Item, { readonly kind: "receipt" }>,
): Promise<Read> {
  if (item.kind === "v1") return { refused: "v1", sender: decodeContent(item.content)?.sender };
  if (item.kind !== "message") return { refused: "unsupported", sender: "sender" in item ? item.sender : undefined };
  const { sender, body } = item;
  const refused = (reason: Refusal): Read => ({ refused: reason, sender });
  const { name } = presentOf(book.get(IDENTITY));
  const { identity: directory } = await facts.audience();
  const unsealed = await open(body, { directory, sender, recipient: name, id: item.id });
  if (typeof unsealed === "string") return refused(unsealed);
  const { text, time } = unsealed.plaintext;
  const message = { text, at: time * 1_000 };
  const contact = contacts.known(sender);
  if (contact?.algorithm === "ed25519" && (await isSignedBy(contact.key, unsealed)))
    return { ...message, sender: contact.name, firstContact: false };
  const user = await (contact === undefined ? contacts.lookup(sender) : contacts.ask(sender));
  if (user?.algorithm !== "ed25519") return refused("unknownSender");
  const isNews = contact === undefined || !sameKey(contact.key, user.key);
  if (!isNews || !(await isSignedBy(user.key, unsealed))) return refused("unsigned");
  return contact === undefined ? { ...message, sender: user.name, firstContact: true } : { held: contact.name };

  /** With the present key, or one of before. */
  async function open(
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
}
