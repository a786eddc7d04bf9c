/**
 * The certificate by which the directory's identity vouches for the key that signs v1 replies. That key is one of its
 * own because v1 replies contain text chosen by strangers; the identity key signs only texts that begin with their purpose.
 */
import { base64ToBytes } from "./v1/base64.js";
import { derOfBase64, isP256Key } from "./v1/keys.js";
import { ed25519Raw, verifyEd25519 } from "./v2/ed25519.js";

export const CERTIFICATE_PURPOSE = "nym-directory v1 reply key";

/** A certificate as it is published; keys are DER SubjectPublicKeyInfo in base64, the signature is Ed25519 in base64. */
export interface ReplyKeyCertificate {
  readonly purpose: typeof CERTIFICATE_PURPOSE;
  readonly version: 1;
  readonly identity: string;
  readonly replyKey: string;
  readonly signature: string;
}

const FIELDS = ["identity", "purpose", "replyKey", "signature", "version"];

/** What is signed: purpose, version and both keys, a line each; base64 has no line ends, so no two certificates share a text. */
export function certifiedText({ identity, replyKey }: Pick<ReplyKeyCertificate, "identity" | "replyKey">): Uint8Array {
  return new TextEncoder().encode(`${CERTIFICATE_PURPOSE}\n1\n${identity}\n${replyKey}\n`);
}

/**
 * Checks a certificate that came from anywhere. Returns the P-256 key that it vouches for (DER SubjectPublicKeyInfo);
 * `undefined` when it is no certificate, its signature (RFC 8032, cofactorless as OpenSSL checks it) does not hold, or it
 * is not by `identity`, the DER SubjectPublicKeyInfo of the Ed25519 key that the caller trusts.
 */
export async function replyKeyOf(certificate: unknown, identity: Uint8Array): Promise<Uint8Array | undefined> {
  if (!isCertificate(certificate)) return undefined;
  const named = base64ToBytes(certificate.identity);
  const replyKey = derOfBase64(certificate.replyKey);
  const signature = base64ToBytes(certificate.signature);
  const key = ed25519Raw(identity);
  if (named === undefined || replyKey === undefined || signature === undefined || key === undefined) return undefined;
  if (!sameBytes(named, identity) || !isP256Key(replyKey)) return undefined;
  return (await verifyEd25519(signature, certifiedText(certificate), key)) ? replyKey : undefined;
}

function isCertificate(value: unknown): value is ReplyKeyCertificate {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  if (Object.keys(fields).sort().join() !== FIELDS.join()) return false;
  if (fields["purpose"] !== CERTIFICATE_PURPOSE || fields["version"] !== 1) return false;
  return ["identity", "replyKey", "signature"].every((name) => typeof fields[name] === "string");
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
