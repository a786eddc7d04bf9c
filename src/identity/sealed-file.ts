/**
 * Bytes under a passphrase, as a versioned JSON text: scrypt (RFC 7914) makes the key, AES-256-GCM (NIST SP 800-38D)
 * seals with it. All parameters stand in the text and are authenticated with it.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { z } from "zod";
import type { Secret } from "../config/secret.js";
import { OperatorError } from "../util/operator-error.js";

const FORMAT = "nym-directory sealed";
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const BLOCK_SIZE = 8;
/** Neither a file that is too cheap to guess at nor one that takes all memory is opened. */
const LOG2_N = { min: 10, max: 22 };

/** In its one canonical spelling, so that no two files are the same seal. */
const base64 = z
  .base64()
  .refine((text) => Buffer.from(text, "base64").toString("base64") === text)
  .transform((text) => Buffer.from(text, "base64"));
const sealedFile = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(1),
  kdf: z.strictObject({
    name: z.literal("scrypt"),
    log2N: z.int().min(LOG2_N.min).max(LOG2_N.max),
    r: z.literal(BLOCK_SIZE),
    p: z.literal(1),
    salt: base64.refine((salt) => salt.length === SALT_BYTES),
  }),
  cipher: z.strictObject({
    name: z.literal("aes-256-gcm"),
    nonce: base64.refine((nonce) => nonce.length === NONCE_BYTES),
  }),
  sealed: base64.refine((sealed) => sealed.length > TAG_BYTES),
});

/** What the key is made with and the seal is bound to. */
interface Parameters {
  readonly log2N: number;
  readonly salt: Buffer;
  readonly nonce: Buffer;
}

/** Seals `plain`; guessing the passphrase costs 2^log2N KiB of memory a try. */
export async function seal(plain: Uint8Array, passphrase: Secret, log2N: number): Promise<string> {
  const parameters: Parameters = { log2N, salt: randomBytes(SALT_BYTES), nonce: randomBytes(NONCE_BYTES) };
  const cipher = createCipheriv("aes-256-gcm", await keyOf(passphrase, parameters), parameters.nonce);
  cipher.setAAD(headOf(parameters));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const file = {
    format: FORMAT,
    version: 1,
    kdf: { name: "scrypt", log2N, r: BLOCK_SIZE, p: 1, salt: parameters.salt.toString("base64") },
    cipher: { name: "aes-256-gcm", nonce: parameters.nonce.toString("base64") },
    sealed: sealed.toString("base64"),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/**
 * Opens what `seal` made; `name` is how errors call it. Throws an `OperatorError`: `sealed-damaged` when the text is not
 * of that form, `sealed-unopened` when the passphrase is wrong or what is sealed was changed (which cannot be told apart).
 */
export async function unseal(text: string, passphrase: Secret, name: string): Promise<Buffer> {
  const file = parse(text);
  if (file === undefined)
    throw new OperatorError("sealed-damaged", `${name} is damaged, or not a file of this program`);
  const parameters: Parameters = { log2N: file.kdf.log2N, salt: file.kdf.salt, nonce: file.cipher.nonce };
  const key = await keyOf(passphrase, parameters);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, parameters.nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(headOf(parameters));
    decipher.setAuthTag(file.sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(file.sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch (error) {
    const message = `${name} cannot be opened: the passphrase is not the one it was made with, or the file is damaged`;
    throw new OperatorError("sealed-unopened", message, { cause: error });
  }
}

function parse(text: string): z.infer<typeof sealedFile> | undefined {
  try {
    return sealedFile.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** In libuv's pool, since it takes half a second. */
function keyOf(passphrase: Secret, { log2N, salt }: Parameters): Promise<Buffer> {
  const N = 2 ** log2N;
  const cost = { N, r: BLOCK_SIZE, p: 1, maxmem: 128 * BLOCK_SIZE * (N + 64) };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), salt, KEY_BYTES, cost, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function headOf({ log2N, salt, nonce }: Parameters): Buffer {
  const head = [
    FORMAT,
    1,
    "scrypt",
    log2N,
    BLOCK_SIZE,
    1,
    salt.toString("base64"),
    "aes-256-gcm",
    nonce.toString("base64"),
  ];
  return Buffer.from(JSON.stringify(head));
}
