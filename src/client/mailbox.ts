/** Where messages of others are opened, those of one sender one after the other, and wait for their reader. */
import type { KeyPair } from "../protocol/v1/key-pair.js";
import type { Dialect } from "../protocol/v1/reply.js";
import type { ClientEvent } from "./client-event.js";
import { createInbox } from "./inbox.js";
import { type IncomingComponents, incomingContent, type IncomingMessage, receive } from "./incoming.js";
import { createKeyedQueue } from "./queue.js";

export interface Mailbox {
  /** For one reader. */
  readonly messages: AsyncIterable<IncomingMessage>;
  /** Takes the content of an `incomingMessage`. */
  take(content: string, dialect: Dialect): void;
  close(): void;
}

export interface MailboxComponents extends IncomingComponents {
  readonly observe: (event: ClientEvent) => void;
  /** Whose mailbox it is; `undefined` while nobody has registered or logged in. */
  readonly recipient: () => KeyPair | undefined;
}

/** An empty mailbox. */
export function createMailbox({ store, lookup, observe, recipient }: MailboxComponents): Mailbox {
  const inbox = createInbox<IncomingMessage>();
  const bySender = createKeyedQueue();
  return {
    messages: inbox,
    take(text, dialect) {
      const content = incomingContent(text, dialect);
      const keys = recipient();
      if (content === undefined || keys === undefined) {
        observe({ type: "rejected", reason: "malformed", sender: undefined });
        return;
      }
      const open = async (): Promise<void> => {
        const received = await receive({ store, lookup }, content, keys);
        if ("message" in received) inbox.put(received.message);
        else observe({ type: "rejected", reason: received.rejected, sender: received.sender });
      };
      bySender(content.sender.toLowerCase(), open).catch(() => {
        observe({ type: "rejected", reason: "storeFailed", sender: content.sender });
      });
    },
    close: () => inbox.close(),
  };
}
