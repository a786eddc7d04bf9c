/**
 * What a client remembers of others: the keys that it has come to trust, and which messages it has already had. In memory
 * here; `file-client-store.ts` keeps it on disk.
 */

/** Somebody whose key is known. */
export interface Contact {
  /** As registered, letter for letter. */
  readonly name: string;
  /** DER SubjectPublicKeyInfo. Trusted since it was first seen; another one for the same name is never taken silently. */
  readonly publicKey: Uint8Array;
  /** Has a message with our key attached been accepted for them? */
  readonly introduced: boolean;
}

/** Names are found whatever their case. Asynchronous, since a browser's stores are. */
export interface ClientStore {
  contact(name: string): Promise<Contact | undefined>;
  contacts(): Promise<readonly Contact[]>;
  /** Saves a contact in place of what was known under that name. */
  saveContact(contact: Contact): Promise<void>;
  /** Has a message with this digest (hex) been remembered? */
  knows(digest: string): Promise<boolean>;
  remember(digest: string): Promise<void>;
}

/** How many digests of messages are remembered by default; the oldest is forgotten first. */
export const DIGESTS_KEPT = 10_000;

/** A store that ends with the process. */
export function createMemoryClientStore(digestsKept = DIGESTS_KEPT): ClientStore {
  const contacts = new Map<string, Contact>();
  const digests = new Set<string>();
  return {
    contact: (name) => Promise.resolve(contacts.get(name.toLowerCase())),
    contacts: () => Promise.resolve([...contacts.values()]),
    saveContact(contact) {
      contacts.set(contact.name.toLowerCase(), contact);
      return Promise.resolve();
    },
    knows: (digest) => Promise.resolve(digests.has(digest)),
    remember(digest) {
      digests.add(digest);
      for (const oldest of digests) {
        if (digests.size <= digestsKept) break;
        digests.delete(oldest);
      }
      return Promise.resolve();
    },
  };
}
