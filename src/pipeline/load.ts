/** Load: the rows that actions name, loaded together for everything that is waiting at the same moment. */
import type { Reads, RowKey, RowsOf } from "../store/rows.js";
import type { Store } from "../store/store.js";

/** Loads the rows of one request. Rejects when the store cannot be read. */
export type Loader = <R extends Reads>(reads: R) => Promise<RowsOf<R>>;

interface Waiting {
  readonly names: readonly string[];
  readonly resolve: (rows: Record<string, unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** A loader that gathers what is asked for within one turn of the event loop into one `store.load`. */
export function createLoader(store: Pick<Store, "load">): Loader {
  let keys: RowKey[] = [];
  let waiting: Waiting[] = [];

  async function flush(): Promise<void> {
    const batch = waiting;
    const wanted = keys;
    waiting = [];
    keys = [];
    try {
      const rows = await store.load(wanted);
      let next = 0;
      for (const { names, resolve } of batch) {
        const found: Record<string, unknown> = {};
        for (const name of names) found[name] = rows[next++];
        resolve(found);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (reads) =>
    new Promise((resolve, reject) => {
      const names = Object.keys(reads);
      if (waiting.length === 0) queueMicrotask(() => void flush());
      for (const name of names) keys.push(reads[name] as RowKey);
      waiting.push({ names, resolve: resolve as Waiting["resolve"], reject });
    });
}
