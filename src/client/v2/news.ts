/**
 * What is to be told: messages in the order in which the directory took them, whatever overtook another on the way. It
 * stays in the book until its reader asks for what comes next: who is interrupted while dealing with something is told of
 * it again.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import type { Item } from "../../protocol/v2/reply.js";
import { AccountError, errorCodeOf } from "./account-error.js";
import type { AccountEvent, News } from "./account-event.js";
import type { Book } from "./book.js";
import { authorOf, type Read, type Told } from "./reading.js";
import { floorOf } from "./ranges.js";
import { FATES, INCOMING, incomingKey, INTAKE, type Table } from "./tables.js";

export interface NewsDesk {
  /** For one reader at a time. Ends when the desk is closed. */
  readonly news: AsyncIterable<News>;
  /** Looks for what is new in the book. To be run by a worker. */
  check(): Promise<void>;
  /** Another key is trusted: what was held may be told now, at the next check. */
  trusted(): void;
  close(): void;
}

export interface NewsDeskComponents {
  readonly book: Book;
  readonly read: (item: Told) => Promise<Read>;
  /** There is something to be looked for once more. */
  readonly again: () => void;
  readonly observe: (event: AccountEvent) => void;
}

/** The desk of the account in the book. */
export function createNewsDesk({ book, read, again, observe }: NewsDeskComponents): NewsDesk {
  const waiting: { readonly news: News; readonly done: () => Promise<void> }[] = [];
  /** Keys of what is to be told, and of what has to wait until a key is trusted. */
  const offered = new Set<string>();
  const held = new Set<string>();
  let wake: () => void = () => undefined;
  let closed = false;

  function offer<T>(table: Table<T>, key: string, news: News): void {
    offered.add(key);
    waiting.push({ news, done: () => erase(table, key) });
    wake();
  }

  async function erase<T>(table: Table<T>, key: string): Promise<void> {
    await book.change((page) => page.erase(table, key));
    offered.delete(key);
  }

  /** Returns whether what was held may be told now. */
  async function open(key: string, item: Item): Promise<boolean> {
    if (item.kind === "receipt") {
      await erase(INCOMING, key);
      return false;
    }
    const result = await read(item);
    if ("held" in result) {
      held.add(key);
      observe(result.forKey ? { type: "keyAsked", sender: result.held } : { type: "keyChanged", contact: result.held });
      return false;
    }
    const { news, refused, sender, released = false } = result;
    if (refused !== undefined) observe({ type: "refused", reason: refused, sender });
    if (news === undefined) await erase(INCOMING, key);
    else offer(INCOMING, key, news);
    return released;
  }

  /** What came, in its order, up to where something is still missing. */
  function due(): readonly (readonly [string, Item])[] {
    const { epoch, seen } = book.get(INTAKE) ?? { epoch: 0, seen: [] };
    const last = incomingKey(epoch, floorOf(seen));
    const complete = book.entries(INCOMING).filter(([key]) => key <= last);
    return complete.toSorted(([one], [other]) => (one < other ? -1 : 1));
  }

  return {
    news: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const [next] = waiting;
          if (closed) return;
          if (next === undefined) {
            await new Promise<void>((resolve) => (wake = resolve));
            continue;
          }
          yield next.news;
          waiting.shift();
          // Where the store was closed with the account, it is told again.
          await next.done().catch((error: unknown) => {
            if (!closed) throw error;
          });
        }
      },
    },
    async check() {
      let failure: AccountError | undefined;
      for (const [key, { id, recipient, toGroup, state, code: text }] of book.entries(FATES)) {
        if (offered.has(key) || state === "waiting") continue;
        const code = errorCodeOf(text);
        const fate = { kind: "fate", id: bytesToHex(id), recipient, toGroup, fate: state } as const;
        offer(FATES, key, code === undefined ? fate : { ...fate, code });
      }
      const unknown = new Set<string>();
      for (const [key, item] of due()) {
        const sender = authorOf(item) ?? "";
        if (offered.has(key) || held.has(key) || unknown.has(sender)) continue;
        // Its reader may have been told, and have asked for the next, while others were read here.
        if (book.get(INCOMING, key) === undefined) continue;
        try {
          if (!(await open(key, item))) continue;
          // What was held comes before what follows here.
          held.clear();
          again();
          return;
        } catch (error) {
          // The directory could not be asked for this sender; of others we may know enough.
          if (!(error instanceof AccountError)) throw error;
          unknown.add(sender);
          failure ??= error;
        }
      }
      if (failure !== undefined) throw failure;
    },
    trusted: () => held.clear(),
    close() {
      closed = true;
      wake();
    },
  };
}
