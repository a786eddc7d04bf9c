/** Who is chatting: a folder with the account (keys, contacts, messages under way; sealed) and the history of one name. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openFileRecordStore, type RecordStore } from "../../src/client/client.js";
import { createFile, createFolder } from "../../src/util/atomic-file.js";
import { type History, openHistory } from "./history.js";

/** Everything that a chat under one name remembers. */
export interface Profile {
  /** As asked for; the account knows how it is registered. */
  readonly name: string;
  readonly store: RecordStore;
  readonly history: History;
  /** Resolves when everything is on the disk. */
  close(): Promise<void>;
}

export interface ProfileOptions {
  /** The folder of all profiles. */
  readonly folder: string;
  readonly name: string;
  /** A file with the passphrase of the account; one is made beside it when none is given. */
  readonly secretPath?: string;
  /** Are messages kept? */
  readonly keepHistory: boolean;
}

/** Opens the profile of a name, or makes it. Rejects with an Error for people. */
export async function openProfile({ folder, name, secretPath, keepHistory }: ProfileOptions): Promise<Profile> {
  const home = join(folder, name.toLowerCase());
  await createFolder(home);
  const store = await openFileRecordStore(home, await passphraseIn(home, secretPath));
  const history = await openHistory(keepHistory ? join(home, "history.jsonl") : undefined);
  return {
    name,
    store,
    history,
    async close() {
      await store.close();
      await history.flush();
    },
  };
}

async function passphraseIn(home: string, secretPath: string | undefined): Promise<string> {
  if (secretPath === undefined) await createFile(join(home, "secret"), `${randomBytes(32).toString("base64url")}\n`);
  const text = await readFile(secretPath ?? join(home, "secret"), "utf8");
  return text.replace(/[\r\n]+$/, "");
}
