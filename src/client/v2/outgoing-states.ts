/** What becomes of our own messages: each step is told once, and what has ended is forgotten. */
import type { RequestId } from "../../protocol/v2/terms.js";
import { sameKey } from "../keys.js";
import type { AccountErrorCode } from "./account-error.js";
import type { Book, Page } from "./book.js";
import { FATES, OUTGOING, type Outgoing, type OutgoingState } from "./tables.js";

/** States in the order in which they follow one another; the last ones end it. */
const STEP: Readonly<Record<OutgoingState, number>> = {
  waiting: 0,
  stored: 1,
  delivered: 2,
  expired: 2,
  handedOver: 2,
  failed: 2,
};

/** Puts a step of a message on the page, if there is such a message and it has not got further. Returns whether it was. */
export function settle(
  book: Book,
  page: Page,
  id: RequestId,
  state: Exclude<OutgoingState, "waiting">,
  code?: AccountErrorCode,
): boolean {
  const [key, message] = findOutgoing(book, id) ?? [];
  if (key === undefined || message === undefined || STEP[state] <= STEP[message.state]) return false;
  const { recipient, toGroup, receipt } = message;
  const isLast = STEP[state] === STEP.failed || !receipt;
  if (isLast) page.erase(OUTGOING, key);
  // It is encrypted by now, and may have to be sent again in that form if the directory loses it.
  else page.put(OUTGOING, key, { ...message, state, text: "" });
  page.append(FATES, { id, recipient, toGroup, state, ...(code !== undefined && { code }) });
  return true;
}

/** Puts into the book in which form a message was sealed, if it has not ended. */
export function keepSealed(
  book: Book,
  id: RequestId,
  sealed: Required<Pick<Outgoing, "body">> & Pick<Outgoing, "copy" | "sequence">,
): Promise<void> {
  return book.change((page) => {
    const [at, present] = findOutgoing(book, id) ?? [];
    if (at !== undefined && present !== undefined) page.put(OUTGOING, at, { ...present, ...sealed });
  });
}

/** A message of ours that has not ended, and its key. */
export function findOutgoing(book: Book, id: RequestId): readonly [string, Outgoing] | undefined {
  return book.entries(OUTGOING).find(([, message]) => sameKey(message.id, id));
}
