/**
 * What Nym's WASM client keeps in IndexedDB, which in Node is memory: taken out as bytes, and put back before the next
 * start. Values are whatever structured cloning knows.
 */
import { deserialize, serialize } from "node:v8";

interface Request<T> {
  readonly result: T;
  readonly error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

interface OpenRequest extends Request<Database> {
  onupgradeneeded: (() => void) | null;
}

interface Database {
  readonly name: string;
  readonly version: number;
  readonly objectStoreNames: Iterable<string>;
  createObjectStore(name: string, options: { keyPath: string | string[] | null; autoIncrement: boolean }): ObjectStore;
  transaction(name: string): { objectStore(name: string): ObjectStore };
  close(): void;
}

interface ObjectStore {
  readonly keyPath: string | string[] | null;
  readonly autoIncrement: boolean;
  getAllKeys(): Request<unknown[]>;
  getAll(): Request<unknown[]>;
  put(value: unknown, key?: unknown): Request<unknown>;
}

/** An IndexedDB, as far as it is used here. */
export interface Databases {
  databases(): Promise<{ readonly name?: string }[]>;
  open(name: string, version?: number): OpenRequest;
}

interface StoreCopy {
  readonly name: string;
  readonly keyPath: string | string[] | null;
  readonly autoIncrement: boolean;
  readonly keys: readonly unknown[];
  readonly values: readonly unknown[];
}

interface DatabaseCopy {
  readonly name: string;
  readonly version: number;
  readonly stores: readonly StoreCopy[];
}

/** A copy of everything that is in it, in bytes that any later Node can read. */
export async function exportDatabases(databases: Databases): Promise<Buffer> {
  const copies: DatabaseCopy[] = [];
  for (const { name } of await databases.databases()) {
    if (name === undefined) continue;
    const database = await outcome(databases.open(name));
    const stores: StoreCopy[] = [];
    for (const store of database.objectStoreNames) stores.push(await copyStore(database, store));
    copies.push({ name, version: database.version, stores });
    database.close();
  }
  return serialize(copies);
}

/** Makes the databases of a copy again, in an IndexedDB that is empty. */
export async function importDatabases(databases: Databases, bytes: Uint8Array): Promise<void> {
  for (const { name, version, stores } of deserialize(bytes) as DatabaseCopy[]) {
    const request = databases.open(name, version);
    request.onupgradeneeded = () => {
      for (const copy of stores) restoreStore(request.result, copy);
    };
    (await outcome(request)).close();
  }
}

async function copyStore(database: Database, name: string): Promise<StoreCopy> {
  const store = database.transaction(name).objectStore(name);
  const { keyPath, autoIncrement } = store;
  const [keys, values] = await Promise.all([outcome(store.getAllKeys()), outcome(store.getAll())]);
  return { name, keyPath, autoIncrement, keys, values };
}

function restoreStore(database: Database, { name, keyPath, autoIncrement, keys, values }: StoreCopy): void {
  const store = database.createObjectStore(name, { keyPath, autoIncrement });
  values.forEach((value, index) => (keyPath === null ? store.put(value, keys[index]) : store.put(value)));
}

function outcome<T>(request: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}
