/**
 * Hybrid public-key encryption (RFC 9180) of one message: mode base, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-GCM. By
 * WebCrypto and `@noble/curves`, so that it runs wherever a client does.
 */
import { x25519 } from "@noble/curves/ed25519.js";
import { concatBytes } from "@noble/curves/utils.js";

/** Bytes that a sealed message has besides its plaintext: the ephemeral public key, and the tag of AES-GCM. */
export const SEAL_BYTES = 32 + 16;

/** An AEAD of RFC 9180, section 7.3. */
export interface Aead {
  readonly id: number;
  /** Bytes of its key. */
  readonly key: 16 | 32;
}

export const AES_128_GCM: Aead = { id: 1, key: 16 };
export const AES_256_GCM: Aead = { id: 2, key: 32 };

/** What a message is bound to, besides its recipient: who does not say the same cannot open it. */
export interface SealContext {
  readonly aead: Aead;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
}

const ENC_BYTES = 32;
const NONCE_BYTES = 12;
const HASH_BYTES = 32;
const KEM = Uint8Array.of(0x00, 0x20);
const KDF = Uint8Array.of(0x00, 0x01);
const MODE_BASE = Uint8Array.of(0);
const VERSION = bytesOf("HPKE-v1");
const NOTHING = new Uint8Array();

/**
 * Seals `plaintext` for the holder of an X25519 key (32 bytes): the ephemeral public key, then the ciphertext and its tag.
 * `ephemeral` is given by tests only. Throws when the key is of small order.
 */
export async function seal(
  plaintext: Uint8Array,
  recipient: Uint8Array,
  context: SealContext,
  ephemeral: Uint8Array = x25519.utils.randomSecretKey(),
): Promise<Uint8Array> {
  const enc = x25519.getPublicKey(ephemeral);
  const shared = await sharedSecret(x25519.getSharedSecret(ephemeral, recipient), enc, recipient);
  const { key, gcm } = await schedule(shared, context, "encrypt");
  return concatBytes(enc, new Uint8Array(await crypto.subtle.encrypt(gcm, key, Uint8Array.from(plaintext))));
}

/** Opens what was sealed for the holder of this X25519 secret key. Throws when it was not, or not so. */
export async function open(sealed: Uint8Array, secret: Uint8Array, context: SealContext): Promise<Uint8Array> {
  const enc = sealed.slice(0, ENC_BYTES);
  const shared = await sharedSecret(x25519.getSharedSecret(secret, enc), enc, x25519.getPublicKey(secret));
  const { key, gcm } = await schedule(shared, context, "decrypt");
  return new Uint8Array(await crypto.subtle.decrypt(gcm, key, sealed.slice(ENC_BYTES)));
}

/** Section 4.1, ExtractAndExpand. */
async function sharedSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Promise<Uint8Array> {
  const suite = concatBytes(bytesOf("KEM"), KEM);
  const prk = await extract(NOTHING, suite, "eae_prk", dh);
  return expand(prk, suite, "shared_secret", concatBytes(enc, recipient), HASH_BYTES);
}

/** Section 5.1, KeySchedule without a pre-shared key, for the first message alone. */
async function schedule(shared: Uint8Array, { aead, info, aad }: SealContext, use: "encrypt" | "decrypt") {
  const suite = concatBytes(bytesOf("HPKE"), KEM, KDF, Uint8Array.of(0, aead.id));
  const context = concatBytes(
    MODE_BASE,
    await extract(NOTHING, suite, "psk_id_hash", NOTHING),
    await extract(NOTHING, suite, "info_hash", info),
  );
  const secret = await extract(shared, suite, "secret", NOTHING);
  const raw = await expand(secret, suite, "key", context, aead.key);
  const iv = await expand(secret, suite, "base_nonce", context, NONCE_BYTES);
  return {
    key: await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]),
    gcm: { name: "AES-GCM", iv, additionalData: Uint8Array.from(aad) },
  };
}

/** Section 4, LabeledExtract. */
function extract(
  salt: Uint8Array,
  suite: Uint8Array,
  label: string,
  ikm: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  return hmac(salt.length === 0 ? new Uint8Array(HASH_BYTES) : salt, concatBytes(VERSION, suite, bytesOf(label), ikm));
}

/** Section 4, LabeledExpand, of at most one block. */
async function expand(
  prk: Uint8Array,
  suite: Uint8Array,
  label: string,
  info: Uint8Array,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const length = Uint8Array.of(0, bytes);
  const block = await hmac(prk, concatBytes(length, VERSION, suite, bytesOf(label), info, Uint8Array.of(1)));
  return block.slice(0, bytes);
}

async function hmac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", Uint8Array.from(key), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, Uint8Array.from(data)));
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
