/**
 * A user's private key on disk (Node only): encrypted with a passphrase (scrypt, RFC 7914; AES-256-GCM), mode 0600,
 * replaced as a whole or not at all.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { replaceFile } from "../util/atomic-file.js";

/** `wrongPassphrase` also stands for a file that was tampered with: nobody can tell the two apart. */
export type KeyFileFault = "missing" | "damaged" | "wrongPassphrase";

const TEXTS: Readonly<Record<KeyFileFault, string>> = {
  missing: "there is no key file",
  damaged: "the key file is damaged",
  wrongPassphrase: "the passphrase does not open the key file",
};

/** Why a key file cannot be read; the text names no file, since its path may be a name. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
  readonly code: KeyFileFault;

  constructor(code: KeyFileFault, options?: ErrorOptions) {
    super(TEXTS[code], options);
    this.code = code;
  }
}

/** 2^16 rounds of 1 KiB: 64 MiB, about a quarter of a second. */
const SCRYPT = { log2N: 16, r: 8, p: 1 };
const MAX_LOG2_N = 20;
const KEY_BYTES = 32;

const base64 = z.base64().transform((text) => Buffer.from(text, "base64"));
const schema = z.strictObject({
  format: z.literal("nym-directory user key 1"),
  scrypt: z.strictObject({ log2N: z.int().min(10).max(MAX_LOG2_N), r: z.literal(8), p: z.literal(1), salt: base64 }),
  iv: base64,
  /** Ciphertext, then the 16 bytes of the tag. */
  sealed: base64,
});

/** Writes the private key `pem`, replacing what was there. The folder must exist. */
export async function writeKeyFile(path: string, pem: string, passphrase: string): Promise<void> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", await keyOf(passphrase, salt, SCRYPT.log2N), iv);
  const sealed = Buffer.concat([cipher.update(pem, "utf8"), cipher.final(), cipher.getAuthTag()]);
  const file = {
    format: "nym-directory user key 1",
    scrypt: { ...SCRYPT, salt: salt.toString("base64") },
    iv: iv.toString("base64"),
    sealed: sealed.toString("base64"),
  };
  await replaceFile(path, `${JSON.stringify(file, undefined, 2)}\n`);
}

/** The private key in a key file, as PEM. Rejects with a `KeyFileError`. */
export async function readKeyFile(path: string, passphrase: string): Promise<string> {
  const { scrypt: kdf, iv, sealed } = parse(await read(path));
  const key = await keyOf(passphrase, kdf.salt, kdf.log2N);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString("utf8");
  } catch {
    throw new KeyFileError("wrongPassphrase");
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new KeyFileError(missing ? "missing" : "damaged");
  }
}

function parse(text: string): z.output<typeof schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new KeyFileError("damaged");
  }
}

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

function keyOf(passphrase: string, salt: Buffer, log2N: number): Promise<Buffer> {
  const { r, p } = SCRYPT;
  const N = 2 ** log2N;
  return derive(passphrase, salt, KEY_BYTES, { N, r, p, maxmem: 2 * 128 * N * r });
}
