/**
 * What is to be told: messages in the order in which the directory took them, whatever overtook another on the way. It
 * stays in the book until its reader asks for what comes next: who is interrupted while dealing with something is told of
 * it again.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import { isSameName } from "../../protocol/v2/names.js";
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
  readonly observe: (event: AccountEvent) => void;
}

/** The desk of the account in the book. */
export function createNewsDesk({ book, read, observe }: NewsDeskComponents): NewsDesk {
  const waiting: { readonly news: News; readonly done: () => Promise<void> }[] = [];
  /** Records of what is to be told. */
  const offered = new Set<unknown>();
  /** What has to wait, with who has to hand us a key for a group; `undefined`: until somebody's new key is trusted. */
  const held = new Map<Item, string | undefined>();
  let trusts = 0;
  let wake: () => void = () => undefined;
  let closed = false;

  function offer<T>(table: Table<T>, key: string, record: T, news: News): void {
    offered.add(record);
    waiting.push({ news, done: () => erase(table, key, record) });
    wake();
  }

  /** Keys are those of another record where the name was given back and another one taken. */
  async function erase<T>(table: Table<T>, key: string, record: T): Promise<void> {
    await book.change((page) => {
      if (page.get(table, key) === record) page.erase(table, key);
    });
    offered.delete(record);
  }

  /** Returns whether something that was held can be read now. */
  async function open(key: string, item: Item): Promise<boolean> {
    if (item.kind === "receipt") {
      await erase(INCOMING, key, item);
      return false;
    }
    const before = trusts;
    const result = await read(item);
    if ("held" in result) {
      const { held: name, forKey = false } = result;
      // What was trusted meanwhile may be what it has to wait for: it is read again at the check after that.
      if (!forKey && trusts !== before) return false;
      held.set(item, forKey ? name : undefined);
      observe(forKey ? { type: "keyAsked", sender: name } : { type: "keyChanged", contact: name });
      return false;
    }
    const { news, refused, sender, keyOf } = result;
    if (refused !== undefined) observe({ type: "refused", reason: refused, sender });
    if (news === undefined) await erase(INCOMING, key, item);
    else if (book.get(INCOMING, key) === item) offer(INCOMING, key, item, news);
    return keyOf !== undefined && releaseOf(keyOf);
  }

  /** The sender of this name has handed us a key. Returns whether something was held for want of one. */
  function releaseOf(name: string): boolean {
    const released = [...held].filter(([, keyOf]) => keyOf !== undefined && isSameName(keyOf, name));
    for (const [item] of released) held.delete(item);
    return released.length > 0;
  }

  /** Reads what is due, up to where something that is held can be read. Returns whether it came to that. */
  async function readDue(unknown: Map<string, AccountError>): Promise<boolean> {
    for (const [key, item] of due()) {
      const sender = authorOf(item) ?? "";
      if (offered.has(item) || held.has(item) || unknown.has(sender)) continue;
      // Its reader may have been told, and have asked for the next, while others were read here.
      if (book.get(INCOMING, key) !== item) continue;
      try {
        if (await open(key, item)) return true;
      } catch (error) {
        // The directory could not be asked for this sender; of others we may know enough.
        if (!(error instanceof AccountError)) throw error;
        unknown.set(sender, error);
      }
    }
    return false;
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
      for (const [key, record] of book.entries(FATES)) {
        const { id, recipient, toGroup, state, code: text } = record;
        if (offered.has(record) || state === "waiting") continue;
        const code = errorCodeOf(text);
        const fate = { kind: "fate", id: bytesToHex(id), recipient, toGroup, fate: state } as const;
        offer(FATES, key, record, code === undefined ? fate : { ...fate, code });
      }
      const unknown = new Map<string, AccountError>();
      // What was held comes before what follows it.
      while (await readDue(unknown));
      const failures = [...unknown.values()];
      // One that may pass has it tried again, whatever others need.
      const failure = failures.find(({ retryable }) => retryable) ?? failures[0];
      if (failure !== undefined) throw failure;
    },
    trusted() {
      trusts++;
      for (const [item, keyOf] of held) if (keyOf === undefined) held.delete(item);
    },
    close() {
      closed = true;
      wake();
    },
  };
}
