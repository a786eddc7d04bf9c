/** An account's records, read once and written through: what is read here is on the disk. */
import { decodeCbor, encodeCbor } from "../../protocol/v2/cbor.js";
import { createQueue } from "../queue.js";
import { AccountError } from "./account-error.js";
import type { RecordStore } from "./record-store.js";
import type { Table } from "./tables.js";

/** One change of several records. */
export interface Page {
  put<T>(table: Table<T>, key: string, value: T): void;
  /** Puts it behind all others of the table. */
  append<T>(table: Table<T>, value: T): void;
  erase<T>(table: Table<T>, key: string): void;
  /** What will be in the book: with what is on the page. */
  get<T>(table: Table<T>, key: string): T | undefined;
}

/** The book of an account. */
export interface Book {
  get<T>(table: Table<T>, key?: string): T | undefined;
  /** How many there are. */
  count<T>(table: Table<T>): number;
  /** By key; those that were appended are in their order. */
  entries<T>(table: Table<T>): readonly (readonly [string, T])[];
  /**
   * Writes what `edit` puts on the page, all of it or none. `edit` runs when all changes before are written, so what it
   * reads stays true. Rejects with an `AccountError`, `storeFailed`.
   */
  change(edit: (page: Page) => void): Promise<void>;
}

const BOUNDS = { items: 2 ** 20, containers: 2 ** 18 };
/** How the key of a record begins that was appended, and its digits, so that their order is that of the keys. */
const APPENDED = "#";
const DIGITS = 12;

/** Reads the book in a store. Rejects with an Error when it is not an account's. */
export async function openBook(store: RecordStore): Promise<Book> {
  const tables = new Map<string, Map<string, unknown>>();
  const raw = [...(await store.load())].sort(([one], [other]) => (one < other ? -1 : 1));
  const unread = new Map<string, [string, Uint8Array][]>();
  for (const [name, bytes] of raw) {
    const [table = "", key = ""] = name.split("/");
    unread.set(table, [...(unread.get(table) ?? []), [key, bytes]]);
  }
  const inOrder = createQueue();
  let next = raw.reduce((most, [name]) => Math.max(most, ordinalOf(name) + 1), 0);

  /** The records of a table, which are read when they are first asked for. */
  function recordsOf<T>({ name, shape }: Table<T>): Map<string, T> {
    const known = tables.get(name) as Map<string, T> | undefined;
    if (known !== undefined) return known;
    const records = new Map(
      (unread.get(name) ?? []).map(([key, bytes]) => {
        const read = decodeCbor(bytes, BOUNDS);
        if (read === undefined) throw new Error("the account's store is damaged");
        return [key, shape.decode(read.item)] as const;
      }),
    );
    tables.set(name, records);
    unread.delete(name);
    return records;
  }

  return {
    get: (table, key = "") => recordsOf(table).get(key),
    count: (table) => recordsOf(table).size,
    entries: (table) => [...recordsOf(table)],
    change: (edit) =>
      inOrder(async () => {
        const changes = new Map<string, Uint8Array | undefined>();
        const put = new Map<string, unknown>();
        const applied: (() => void)[] = [];
        const page: Page = {
          put(table, key, value) {
            changes.set(`${table.name}/${key}`, encodeCbor(table.shape.encode(value)));
            put.set(`${table.name}/${key}`, value);
            applied.push(() => recordsOf(table).set(key, value));
          },
          append: (table, value) => page.put(table, APPENDED + String(next++).padStart(DIGITS, "0"), value),
          erase(table, key) {
            changes.set(`${table.name}/${key}`, undefined);
            put.delete(`${table.name}/${key}`);
            applied.push(() => recordsOf(table).delete(key));
          },
          get<T>(table: Table<T>, key: string) {
            const name = `${table.name}/${key}`;
            return changes.has(name) ? (put.get(name) as T | undefined) : recordsOf(table).get(key);
          },
        };
        edit(page);
        if (changes.size === 0) return;
        try {
          await store.write(changes);
        } catch (error) {
          throw new AccountError("storeFailed", { cause: error });
        }
        for (const apply of applied) apply();
      }),
  };
}

/** Erases the oldest records of a table of which there are more than `most`; some more than that, so that it is seldom done. */
export function eraseOldest<T>(
  book: Book,
  page: Page,
  table: Table<T>,
  { most, time }: { readonly most: number; readonly time: (record: T) => number },
): void {
  const surplus = book.count(table) - most;
  if (surplus <= 0) return;
  const oldest = book.entries(table).toSorted(([, one], [, other]) => time(one) - time(other));
  for (const [key] of oldest.slice(0, surplus + 0.1 * most)) page.erase(table, key);
}

/** The number in the key of a record that was appended; -1 for another. */
function ordinalOf(name: string): number {
  const [, key = ""] = name.split("/");
  return key.startsWith(APPENDED) ? Number(key.slice(1)) : -1;
}
