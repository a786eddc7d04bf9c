/**
 * The certificate by which the directory's identity vouches for the key that signs v1 replies. That key is one of its
 * own because v1 replies contain text chosen by strangers; the identity key signs only texts that begin with their purpose.
 */
import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { z } from "zod";

const PURPOSE = "nym-directory v1 reply key";

/** A certificate as it is published; keys are DER SubjectPublicKeyInfo in base64, the signature is Ed25519 in base64. */
export interface ReplyKeyCertificate {
  readonly purpose: typeof PURPOSE;
  readonly version: 1;
  readonly identity: string;
  readonly replyKey: string;
  readonly signature: string;
}

const certificateSchema: z.ZodType<ReplyKeyCertificate> = z.strictObject({
  purpose: z.literal(PURPOSE),
  version: z.literal(1),
  identity: z.base64(),
  replyKey: z.base64(),
  signature: z.base64().refine((text) => Buffer.from(text, "base64").length === 64),
});

/** Certifies the public key `replyKey`. Ed25519 is deterministic: the same keys give the same certificate. */
export function certifyReplyKey(identityKey: KeyObject, replyKey: KeyObject): ReplyKeyCertificate {
  const keys = { identity: spkiOf(createPublicKey(identityKey)), replyKey: spkiOf(replyKey) };
  const signature = sign(null, certifiedText(keys), identityKey).toString("base64");
  return { purpose: PURPOSE, version: 1, ...keys, signature };
}

/**
 * Checks a certificate that came from anywhere. Returns the P-256 key that it vouches for, `undefined` when it is not a
 * certificate, its signature does not hold, or it is not by `identity` (the Ed25519 key that the caller trusts).
 */
export function verifyReplyKeyCertificate(certificate: unknown, identity: KeyObject): KeyObject | undefined {
  const { data } = certificateSchema.safeParse(certificate);
  if (data === undefined || identity.asymmetricKeyType !== "ed25519" || data.identity !== spkiOf(identity))
    return undefined;
  if (!verify(null, certifiedText(data), identity, Buffer.from(data.signature, "base64"))) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(data.replyKey, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** DER SubjectPublicKeyInfo in base64. */
function spkiOf(key: KeyObject): string {
  return key.export({ format: "der", type: "spki" }).toString("base64");
}

/** What is signed: purpose, version and both keys, a line each; base64 has no line ends, so no two certificates share a text. */
function certifiedText({ identity, replyKey }: Pick<ReplyKeyCertificate, "identity" | "replyKey">): Buffer {
  return Buffer.from(`${PURPOSE}\n1\n${identity}\n${replyKey}\n`);
}
