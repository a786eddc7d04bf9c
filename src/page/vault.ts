/**
 * What the page keeps, in this browser and nowhere else: the user's keys, which cannot be taken out again, contacts,
 * digests of messages, and the conversations, encrypted. One database for each directory.
 */
import { type ClientStore, type Contact, DIGESTS_KEPT, type KeyPair, newKeyPair } from "nym-directory/client/browser";
import { change, openDatabase, read, resultOf } from "./database.js";

/** A message of a conversation. */
export interface Line {
  readonly peer: string;
  readonly mine: boolean;
  readonly text: string;
  /** Milliseconds since 1970, when it was sent or came in here. */
  readonly at: number;
}

/** Everything that is kept for one directory. */
export interface Vault extends ClientStore {
  /** Names our Nym client; random, made once. */
  readonly clientId: string;
  /** Our keys, which the page can use and cannot read. Made once: who was cut off while registering a name registers it again with the same ones. */
  keys(): Promise<KeyPair>;
  /** Our name, once it is ours. */
  name(): Promise<string | undefined>;
  saveName(name: string): Promise<void>;
  lines(): Promise<readonly Line[]>;
  saveLine(line: Line): Promise<void>;
  /** Deletes everything, the Nym client's keys as well. */
  forget(): Promise<void>;
}

const STORES = {
  own: {},
  contacts: {},
  received: { autoIncrement: true },
  digests: {},
  lines: { autoIncrement: true },
} as const;

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

/** Opens what is kept for the directory at these addresses. */
export async function openVault(directory: readonly string[]): Promise<Vault> {
  const name = await nameOf(directory);
  const database = await openDatabase(name, STORES);
  const clientId = await own(database, "clientId", () => Promise.resolve(`page-${crypto.randomUUID()}`));
  const sealing = await own(database, "sealing", () =>
    crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
  );

  const open = async ({ iv, sealed }: Sealed): Promise<Line> => {
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, sealing, sealed);
    return JSON.parse(new TextDecoder().decode(bytes)) as Line;
  };

  return {
    clientId,
    keys: () => own(database, "keys", async () => (await newKeyPair()).keyPair),
    name: () => read(database, "own", (store) => store.get("name") as IDBRequest<string | undefined>),
    async saveName(name) {
      await change(database, "own", (store) => store.put(name, "name"));
    },
    contact: (peer) =>
      read(database, "contacts", (store) => store.get(peer.toLowerCase()) as IDBRequest<Contact | undefined>),
    contacts: () => read(database, "contacts", (store) => store.getAll() as IDBRequest<Contact[]>),
    async saveContact(contact) {
      await change(database, "contacts", (store) => store.put(contact, contact.name.toLowerCase()));
    },
    knows: async (digest) => (await read(database, "digests", (store) => store.count(digest))) > 0,
    async remember(digest) {
      await change(database, "digests", (store) => store.put(true, digest));
      await change(database, "received", (store) => store.add(digest));
      await forgetOldest(database);
    },
    async lines() {
      const sealed = await read(database, "lines", (store) => store.getAll() as IDBRequest<Sealed[]>);
      return Promise.all(sealed.map(open));
    },
    async saveLine(line) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const bytes = new TextEncoder().encode(JSON.stringify(line));
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, sealing, bytes);
      await change(database, "lines", (store) => store.add({ iv, sealed } satisfies Sealed));
    },
    async forget() {
      database.close();
      const all = await indexedDB.databases();
      const ours = all.flatMap((each) => each.name ?? []).filter((each) => each === name || each.includes(clientId));
      await Promise.all(ours.map((each) => resultOf(indexedDB.deleteDatabase(each))));
    },
  };
}

/** A value that is made once. */
async function own<T>(database: IDBDatabase, key: string, make: () => Promise<T>): Promise<T> {
  const known = await read(database, "own", (store) => store.get(key) as IDBRequest<T | undefined>);
  if (known !== undefined) return known;
  const made = await make();
  await change(database, "own", (store) => store.put(made, key));
  return made;
}

/** Keeps as many digests as any client; `received` has them in the order in which they came. */
async function forgetOldest(database: IDBDatabase): Promise<void> {
  if ((await read(database, "received", (store) => store.count())) <= DIGESTS_KEPT) return;
  const [oldest] = await read(database, "received", (store) => store.getAllKeys(undefined, 1));
  if (oldest === undefined) return;
  const digest = await read(database, "received", (store) => store.get(oldest) as IDBRequest<string>);
  await change(database, "digests", (store) => store.delete(digest));
  await change(database, "received", (store) => store.delete(oldest));
}

/** The same for the same set of addresses, and short. */
async function nameOf(directory: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(directory.toSorted().join("\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `nym-directory-${Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
