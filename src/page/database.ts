/** IndexedDB with promises: only what the page needs of it. */

/** Opens a database, making its object stores if it is new; each numbers its entries unless it is given keys. */
export async function openDatabase(
  name: string,
  stores: Readonly<Record<string, IDBObjectStoreParameters>>,
): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const [store, parameters] of Object.entries(stores)) request.result.createObjectStore(store, parameters);
  };
  const database = await resultOf(request);
  // Whoever deletes it has to wait for everybody who has it open.
  database.onversionchange = () => database.close();
  return database;
}

/** The outcome of a request. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}

/** Runs `work` on one store, and resolves with its outcome when that is on the disk. */
export async function change<T>(
  database: IDBDatabase,
  store: string,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const transaction = database.transaction(store, "readwrite", { durability: "strict" });
  const request = work(transaction.objectStore(store));
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the browser's storage failed"));
  });
  return request.result;
}

/** Reads from one store. */
export function read<T>(
  database: IDBDatabase,
  store: string,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return resultOf(work(database.transaction(store).objectStore(store)));
}
