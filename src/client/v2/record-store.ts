/**
 * Where a v2 user keeps what must not be forgotten: keys, what is to be sent, what has come. In memory here;
 * `file-record-store.ts` keeps it on disk.
 */

/** Small records by name, of one account. Asynchronous, since a browser's stores are. */
export interface RecordStore {
  /** Everything that is in it. */
  load(): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Puts records in, and takes out those that are `undefined`: all or none of them, and for good once it resolves. Calls
   * follow one another.
   */
  write(changes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void>;
}

/** A store that ends with the process. */
export function createMemoryRecordStore(): RecordStore {
  const records = new Map<string, Uint8Array>();
  return {
    load: () => Promise.resolve(new Map(records)),
    write(changes) {
      apply(records, changes);
      return Promise.resolve();
    },
  };
}

/** What becomes of `records` by these changes. */
export function apply(records: Map<string, Uint8Array>, changes: ReadonlyMap<string, Uint8Array | undefined>): void {
  for (const [name, record] of changes) {
    if (record === undefined) records.delete(name);
    else records.set(name, record);
  }
}
