/**
 * The directory's identity: its keys, made at the first start, sealed on the disk under the passphrase, and opened
 * once. Beside them lies the certificate of the key that signs v1 replies, for everybody to read.
 */
import { createPublicKey, hkdfSync, type KeyObject, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Secret } from "../config/secret.js";
import { createFile, createFolder, replaceFile } from "../util/atomic-file.js";
import { OperatorError } from "../util/operator-error.js";
import type { ReplyKeyCertificate } from "../protocol/reply-key-certificate.js";
import { certifyReplyKey } from "./certificate.js";
import { decodeKeys, encodeKeys, generateKeys, type Keys } from "./keys.js";
import { seal, unseal } from "./sealed-file.js";

/** What the directory can prove, and what it keeps to itself. */
export interface Identity {
  /** Ed25519. */
  readonly publicKey: KeyObject;
  /** Signs a text that begins with its purpose: 64 bytes of Ed25519 (RFC 8032). */
  sign(text: Uint8Array): Uint8Array;
  /** The private P-256 key that signs v1 replies. */
  readonly replyKey: KeyObject;
  readonly replyPublicKey: KeyObject;
  readonly certificate: ReplyKeyCertificate;
  /** A key of 32 bytes that is the same in every run and tells nothing of any other label's. */
  deriveKey(label: string): Buffer;
}

/** Where the keys lie, and what guessing the passphrase of new ones costs. */
export interface IdentityOptions {
  readonly keysDir: string;
  readonly scryptLog2N: number;
}

const SEALED_NAME = "directory.key";
const CERTIFICATE_NAME = "reply-key.cert.json";
const DERIVED_BYTES = 32;

/** Where the sealed keys lie. */
export function sealedKeysPath(keysDir: string): string {
  return join(keysDir, SEALED_NAME);
}

/**
 * Opens the identity; the first time makes it. Throws an `OperatorError`: `keys-unreadable` or `keys-unwritable` (the
 * file system refuses), `sealed-damaged` or `sealed-unopened` (see `unseal`), `keys-unknown` (sealed, but not keys of ours).
 */
export async function openIdentity(options: IdentityOptions, passphrase: Secret): Promise<Identity> {
  const identity = identityOf(await openKeys(options, passphrase));
  const file = join(options.keysDir, CERTIFICATE_NAME);
  const text = `${JSON.stringify(identity.certificate, undefined, 2)}\n`;
  const published = await readFile(file, "utf8").catch(() => undefined);
  if (published !== text) await writing(file, () => replaceFile(file, text, 0o644));
  return identity;
}

async function openKeys({ keysDir, scryptLog2N }: IdentityOptions, passphrase: Secret): Promise<Keys> {
  const file = sealedKeysPath(keysDir);
  let sealed = await readSealed(file);
  if (sealed === undefined) {
    const keys = generateKeys();
    const made = await seal(encodeKeys(keys), passphrase, scryptLog2N);
    const placed = await writing(file, async () => {
      await createFolder(keysDir);
      return createFile(file, made, 0o600);
    });
    if (placed) return keys;
    // Another process was faster; its keys are the directory's.
    sealed = await readSealed(file);
    if (sealed === undefined) throw new OperatorError("keys-unreadable", `${file} is a link to nothing`);
  }
  const keys = decodeKeys(await unseal(sealed, passphrase, file));
  if (keys === undefined) throw new OperatorError("keys-unknown", `${file} holds keys that this program does not know`);
  return keys;
}

async function readSealed(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    if (code === "ENOENT") return undefined;
    throw new OperatorError("keys-unreadable", `${file} cannot be read (${code})`, { cause: error });
  }
}

/** What `write` gives; what the file system has against it, the operator can mend. */
async function writing<T>(file: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new OperatorError("keys-unwritable", `KEYS_DIR: ${file} cannot be written (${code})`, { cause: error });
  }
}

function identityOf({ identity, reply, root }: Keys): Identity {
  const replyPublicKey = createPublicKey(reply);
  return {
    publicKey: createPublicKey(identity),
    sign: (text) => sign(null, text, identity),
    replyKey: reply,
    replyPublicKey,
    certificate: certifyReplyKey(identity, replyPublicKey),
    // HKDF-SHA-256 (RFC 5869); `root` is uniform, so it needs no salt.
    deriveKey: (label) => Buffer.from(hkdfSync("sha256", root, "", `nym-directory ${label}`, DERIVED_BYTES)),
  };
}
