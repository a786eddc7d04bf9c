/** Who is chatting: a folder with the key (sealed), the contacts and the history of one name. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type ClientStore,
  KeyFileError,
  keyPairOfPem,
  newKeyPair,
  openFileClientStore,
  readKeyFile,
  writeKeyFile,
} from "../../src/client/client.js";
import type { KeyPair } from "../../src/protocol/v1/key-pair.js";
import { createFile, createFolder, replaceFile } from "../../src/util/atomic-file.js";
import { type History, openHistory } from "./history.js";

/** Everything that a chat under one name remembers. */
export interface Profile {
  /** As registered, if it has been registered; as asked for otherwise. */
  readonly name: string;
  readonly keys: KeyPair;
  readonly store: ClientStore;
  readonly history: History;
  /** The name is ours now, in this spelling. */
  registered(): Promise<void>;
  /** Resolves when everything is on the disk. */
  close(): Promise<void>;
}

export interface ProfileOptions {
  /** The folder of all profiles. */
  readonly folder: string;
  readonly name: string;
  /** A file with the passphrase of the key; one is made beside the key when none is given. */
  readonly secretPath?: string;
  /** Are messages kept? */
  readonly keepHistory: boolean;
}

/** Opens the profile of a name, or makes it. Rejects with an Error for people. */
export async function openProfile({ folder, name, secretPath, keepHistory }: ProfileOptions): Promise<Profile> {
  const home = join(folder, name.toLowerCase());
  await createFolder(home);
  const keys = await openKeys(join(home, "key.json"), await passphraseIn(home, secretPath));
  const store = await openFileClientStore(home);
  const history = await openHistory(keepHistory ? join(home, "history.jsonl") : undefined);
  const nameFile = join(home, "name");
  const registeredName = await readFile(nameFile, "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
  return {
    name: registeredName ?? name,
    keys,
    store,
    history,
    registered: () => replaceFile(nameFile, `${name}\n`),
    async close() {
      await store.close();
      await history.flush();
    },
  };
}

async function openKeys(file: string, passphrase: string): Promise<KeyPair> {
  try {
    return await keyPairOfPem(await readKeyFile(file, passphrase));
  } catch (error) {
    if (!(error instanceof KeyFileError) || error.code !== "missing") throw error;
  }
  const { keyPair, pem } = await newKeyPair();
  await writeKeyFile(file, pem, passphrase);
  return keyPair;
}

async function passphraseIn(home: string, secretPath: string | undefined): Promise<string> {
  if (secretPath === undefined) await createFile(join(home, "secret"), `${randomBytes(32).toString("base64url")}\n`);
  const text = await readFile(secretPath ?? join(home, "secret"), "utf8");
  return text.replace(/[\r\n]+$/, "");
}
