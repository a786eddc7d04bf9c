/**
 * The P-256 key pair of a v1 user, on the side of the client: one key that signs (ECDSA with SHA-256) and agrees (ECDH).
 * WebCrypto, so that it runs wherever a client does and a private key need not leave it.
 */
import type { webcrypto } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { base64ToBytes } from "./base64.js";

const CURVE = "P-256";
const ECDSA = { name: "ECDSA", namedCurve: CURVE, hash: "SHA-256" };
const ECDH = { name: "ECDH", namedCurve: CURVE };

const utf8 = new TextEncoder();

/** WebCrypto wants a key for each use; both are of the same pair. */
export interface KeyPair {
  readonly signing: webcrypto.CryptoKey;
  readonly agreement: webcrypto.CryptoKey;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
}

/** A new pair, and its private key as DER PKCS #8, which whoever keeps it must encrypt. */
export async function generateKeyPair(): Promise<{ readonly keyPair: KeyPair; readonly pkcs8: Uint8Array }> {
  const { privateKey } = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return { keyPair: await importKeyPair(pkcs8), pkcs8 };
}

/** The pair of a private key in DER PKCS #8; throws when it is no P-256 key. */
export async function importKeyPair(pkcs8: Uint8Array): Promise<KeyPair> {
  const extractable = await crypto.subtle.importKey("pkcs8", pkcs8, ECDSA, true, ["sign"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", extractable);
  const point = { kty, crv, x, y } as webcrypto.JsonWebKey;
  const publicKey = await crypto.subtle.importKey("jwk", point, ECDSA, true, ["verify"]);
  return {
    signing: await crypto.subtle.importKey("pkcs8", pkcs8, ECDSA, false, ["sign"]),
    agreement: await crypto.subtle.importKey("pkcs8", pkcs8, ECDH, false, ["deriveBits"]),
    publicKey: new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
  };
}

/** The DER PKCS #8 in a PEM that is not encrypted, which is how the shipped client keeps its key; `undefined` when it is no such PEM. */
export function pkcs8OfPem(pem: string): Uint8Array | undefined {
  const armoured = /^\s*-----BEGIN PRIVATE KEY-----\s([A-Za-z0-9+/=\s]+)\s-----END PRIVATE KEY-----\s*$/.exec(pem)?.[1];
  return armoured === undefined ? undefined : base64ToBytes(armoured.replace(/\s+/g, ""));
}

/** The signature, in DER, over the UTF-8 bytes of `text`. */
export async function signText(text: string, { signing }: KeyPair): Promise<Uint8Array> {
  const signature = await crypto.subtle.sign(ECDSA, signing, utf8.encode(text));
  return p256.Signature.fromBytes(new Uint8Array(signature), "compact").toBytes("der");
}

/** Is `signature` (DER) one over `text` by the holder of `publicKey` (DER)? `false` also when either is malformed. */
export async function verifyText(text: string, signature: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("spki", publicKey, ECDSA, false, ["verify"]);
    const compact = p256.Signature.fromBytes(signature, "der").toBytes("compact");
    return await crypto.subtle.verify(ECDSA, key, compact, utf8.encode(text));
  } catch {
    return false;
  }
}

/** ECDH of the pair with another's public key (DER): the 32 bytes of x. Throws when that is no point of P-256. */
export async function agree({ agreement }: Pick<KeyPair, "agreement">, publicKey: Uint8Array): Promise<Uint8Array> {
  const other = await crypto.subtle.importKey("spki", publicKey, ECDH, false, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: other }, agreement, 256));
}
