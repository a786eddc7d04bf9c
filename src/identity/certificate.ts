/** Makes the certificate of the key that signs v1 replies; `protocol/reply-key-certificate.ts` says what it is. */
import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { CERTIFICATE_PURPOSE, certifiedText, type ReplyKeyCertificate } from "../protocol/reply-key-certificate.js";

/** Certifies the public key `replyKey`. Ed25519 is deterministic: the same keys give the same certificate. */
export function certifyReplyKey(identityKey: KeyObject, replyKey: KeyObject): ReplyKeyCertificate {
  const keys = { identity: spkiOf(createPublicKey(identityKey)), replyKey: spkiOf(replyKey) };
  const signature = sign(null, certifiedText(keys), identityKey).toString("base64");
  return { purpose: CERTIFICATE_PURPOSE, version: 1, ...keys, signature };
}

/** DER SubjectPublicKeyInfo in base64. */
function spkiOf(key: KeyObject): string {
  return key.export({ format: "der", type: "spki" }).toString("base64");
}
