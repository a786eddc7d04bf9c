/**
 * A record store in a folder (Node only). Every write is one line of `records.log`, encrypted (AES-256-GCM) and on the
 * disk before it counts; the key lies in `records.key`, sealed with a passphrase. Both have mode 0600. A line that a crash
 * cut short is one that was never written.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decode, encode } from "cborg";
import { createFile, createFolder, replaceFile } from "../../util/atomic-file.js";
import { KeyFileError, readKeyFile, writeKeyFile } from "../key-file.js";
import { createQueue } from "../queue.js";
import { apply, type RecordStore } from "./record-store.js";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The log is written anew when it is so many times as long as it would then be, and at least this long. */
const SLACK = 4;
const MIN_REWRITE_BYTES = 262_144;

type Changes = ReadonlyMap<string, Uint8Array | undefined>;

/**
 * Opens the store in `folder`, which is made (mode 0700) if need be. Rejects with a `KeyFileError` for another passphrase,
 * and with an Error when the log is damaged.
 */
export async function openFileRecordStore(
  folder: string,
  passphrase: string,
): Promise<RecordStore & { close(): Promise<void> }> {
  await createFolder(folder);
  const key = await openKey(join(folder, "records.key"), passphrase);
  const path = join(folder, "records.log");
  await createFile(path, "");
  const { records, whole, bytes } = read(await readFile(path, "utf8"), key);
  const inOrder = createQueue();
  let size = bytes;
  let rewriteAt = Math.max(MIN_REWRITE_BYTES, SLACK * sealLine(records, key).length);
  let damaged = !whole;
  let file: FileHandle | undefined;
  let closed = false;

  async function release(): Promise<void> {
    await file?.close();
    file = undefined;
  }

  async function rewrite(): Promise<void> {
    const line = records.size === 0 ? "" : sealLine(records, key);
    await release();
    await replaceFile(path, line);
    damaged = false;
    size = line.length;
    rewriteAt = Math.max(MIN_REWRITE_BYTES, SLACK * size);
  }

  async function append(changes: Changes): Promise<void> {
    const line = sealLine(changes, key);
    file ??= await open(path, "a", 0o600);
    // Until the line is known to be whole, nothing may follow it.
    damaged = true;
    await file.appendFile(line);
    await file.datasync();
    damaged = false;
    size += line.length;
    apply(records, changes);
  }

  if (damaged) await rewrite();
  return {
    load: () => inOrder(() => Promise.resolve(new Map(records))),
    write: (changes) =>
      inOrder(async () => {
        // Who opens it next has read it: nothing may come behind their back.
        if (closed) throw new Error("the record store is closed");
        if (damaged) await rewrite();
        await append(changes);
        if (size > rewriteAt) await rewrite();
      }),
    /** Resolves when everything is written; what comes later is refused. */
    close: () =>
      inOrder(() => {
        closed = true;
        return release();
      }),
  };
}

async function openKey(path: string, passphrase: string): Promise<Buffer> {
  try {
    return Buffer.from(await readKeyFile(path, passphrase), "base64");
  } catch (error) {
    if (!(error instanceof KeyFileError) || error.code !== "missing") throw error;
  }
  const key = randomBytes(KEY_BYTES);
  await writeKeyFile(path, key.toString("base64"), passphrase);
  return key;
}

/** `whole`: nothing was cut short. */
function read(text: string, key: Buffer): { records: Map<string, Uint8Array>; whole: boolean; bytes: number } {
  const records = new Map<string, Uint8Array>();
  const lines = text.split("\n");
  const whole = lines.pop() === "";
  for (const line of lines) apply(records, openLine(line, key));
  return { records, whole, bytes: text.length };
}

function sealLine(changes: Changes, key: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const plain = encode([...changes].map(([name, record]) => [name, record ?? null]));
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `${sealed.toString("base64")}\n`;
}

function openLine(line: string, key: Buffer): Changes {
  try {
    const sealed = Buffer.from(line, "base64");
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
    const plain = Buffer.concat([decipher.update(body), decipher.final()]);
    const entries = decode(plain) as [string, Uint8Array | null][];
    return new Map(entries.map(([name, record]) => [name, record ?? undefined]));
  } catch (error) {
    throw new Error("records.log is damaged", { cause: error });
  }
}
