/** Identity keys of users as people handle them: made anew, carried as PEM, compared by fingerprint. */
import { bytesToHex } from "@noble/curves/utils.js";
import { bytesToBase64 } from "../protocol/v1/base64.js";
import { generateKeyPair, importKeyPair, type KeyPair, pkcs8OfPem } from "../protocol/v1/key-pair.js";

/** A key pair, and the PEM (PKCS #8, not encrypted) from which it can be made again. */
export interface NewKeyPair {
  readonly keyPair: KeyPair;
  readonly pem: string;
}

/** A fresh P-256 key pair. */
export async function newKeyPair(): Promise<NewKeyPair> {
  const { keyPair, pkcs8 } = await generateKeyPair();
  return { keyPair, pem: privatePemOf(pkcs8) };
}

/** The key pair in a PEM that is not encrypted, as OpenSSL, Node and the Python client write it. Throws a RangeError for anything else. */
export async function keyPairOfPem(pem: string): Promise<KeyPair> {
  const pkcs8 = pkcs8OfPem(pem);
  try {
    if (pkcs8 !== undefined) return await importKeyPair(pkcs8);
  } catch {
    // said below, without what the engine says of the bytes
  }
  throw new RangeError("not the PEM of a P-256 private key");
}

/** What people compare to be sure of a public key (DER): its SHA-256 in hex, in groups of four digits. */
export async function fingerprintOf(publicKey: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(publicKey)));
  return (bytesToHex(digest).match(/.{4}/g) ?? []).join(" ");
}

/** Are these the same public bytes? */
export function sameKey(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function privatePemOf(pkcs8: Uint8Array): string {
  const lines = bytesToBase64(pkcs8).match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
}
