/**
 * What a client remembers, in a folder (Node only): `contacts.json`, replaced as a whole, and `received.log`, one digest
 * of a message a line. Both have mode 0600; neither holds a message.
 */
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseP256Pem, pemOf } from "../protocol/v1/keys.js";
import { createFolder, replaceFile } from "../util/atomic-file.js";
import { type ClientStore, createMemoryClientStore, DIGESTS_KEPT } from "./client-store.js";
import { createQueue } from "./queue.js";

const contactsSchema = z.array(
  z.strictObject({
    name: z.string(),
    publicKey: z.string().transform((pem, context) => {
      const key = parseP256Pem(pem);
      if (key === undefined) context.addIssue("not the PEM of a P-256 key");
      return key ?? new Uint8Array();
    }),
    introduced: z.boolean(),
  }),
);

/** Opens the store in `folder`, which is made (mode 0700) if need be. Rejects with an Error that says which file is damaged. */
export async function openFileClientStore(folder: string): Promise<ClientStore & { close(): Promise<void> }> {
  await createFolder(folder);
  const contactsPath = join(folder, "contacts.json");
  const receivedPath = join(folder, "received.log");
  const memory = createMemoryClientStore();
  for (const contact of await readContacts(contactsPath)) await memory.saveContact(contact);
  const digests = ((await readIfThere(receivedPath)) ?? "").split("\n").filter((line) => /^[0-9a-f]{64}$/.test(line));
  const kept = digests.slice(-DIGESTS_KEPT);
  for (const digest of kept) await memory.remember(digest);
  if (digests.length > kept.length) await replaceFile(receivedPath, `${kept.join("\n")}\n`);
  const inOrder = createQueue();

  return {
    contact: (name) => memory.contact(name),
    contacts: () => memory.contacts(),
    knows: (digest) => memory.knows(digest),
    saveContact: (contact) =>
      inOrder(async () => {
        await memory.saveContact(contact);
        const list = (await memory.contacts()).map((each) => ({ ...each, publicKey: pemOf(each.publicKey) }));
        await replaceFile(contactsPath, `${JSON.stringify(list, undefined, 2)}\n`);
      }),
    remember: (digest) =>
      inOrder(async () => {
        await appendFile(receivedPath, `${digest}\n`, { mode: 0o600 });
        await memory.remember(digest);
      }),
    /** Resolves when everything is written. */
    close: () => inOrder(() => Promise.resolve()),
  };
}

async function readContacts(path: string): Promise<z.output<typeof contactsSchema>> {
  const text = await readIfThere(path);
  if (text === undefined) return [];
  try {
    return contactsSchema.parse(JSON.parse(text));
  } catch {
    throw new Error("contacts.json is damaged");
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
