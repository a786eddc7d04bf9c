/** Sends messages to one user each: sealed once, since the same id is the same bytes for ever. */
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import { sealOwn } from "./copies.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { AskHome, Sign } from "./inquiry.js";
import { nameOf } from "./names.js";
import { keepSealed } from "./outgoing-states.js";
import { sealFor } from "./sealing.js";
import type { Outgoing } from "./tables.js";

export interface DirectPost {
  /** Has the directory store a message for its recipient. Rejects with an `AccountError`. */
  post(message: Outgoing): Promise<void>;
}

export interface DirectPostComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "current">;
}

/** A message as it is sent. */
type Sealed = Required<Pick<Outgoing, "body">> & Pick<Outgoing, "copy">;

/** The post of the account in the book. */
export function createDirectPost(components: DirectPostComponents): DirectPost {
  const { book, askHome, sign } = components;

  /** Encrypts the message, and its copy for us. */
  async function seal({ id, recipient, time, text, copied }: Outgoing): Promise<Sealed> {
    const to = nameOf(recipient);
    const body = await sealFor(components, to, id, { kind: "text", time, text });
    const copy = copied ? await sealOwn(components, id, { conversation: to, time, text }) : undefined;
    const sealed = { body, ...(copy !== undefined && { copy }) };
    await keepSealed(book, id, sealed);
    return sealed;
  }

  return {
    async post(message) {
      const { id, hours, receipt } = message;
      const sealed = sealedBefore(message) ?? (await seal(message));
      const recipient = nameOf(message.recipient);
      await askHome("send", { recipient, ...sealed, receipt, ...(hours !== undefined && { hours }) }, { id, sign });
    },
  };
}

function sealedBefore({ body, copy }: Outgoing): Sealed | undefined {
  return body === undefined ? undefined : { body, ...(copy !== undefined && { copy }) };
}
