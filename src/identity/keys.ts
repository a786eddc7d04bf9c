/** The directory's private keys, and the bytes as which they lie in the sealed file. */
import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { z } from "zod";

/** Everything that has to stay secret for good. */
export interface Keys {
  /** Ed25519: what the directory is. */
  readonly identity: KeyObject;
  /** P-256: signs v1 replies. */
  readonly reply: KeyObject;
  /** 32 random bytes, from which keys that never leave the directory are derived. */
  readonly root: Buffer;
}

const ROOT_BYTES = 32;

const privateKey = z.base64().transform((text, context) => {
  try {
    return createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" });
  } catch {
    context.addIssue("not a private key");
    return z.NEVER;
  }
});
const keysSchema = z.strictObject({
  identity: privateKey.refine((key) => key.asymmetricKeyType === "ed25519"),
  reply: privateKey.refine((key) => key.asymmetricKeyDetails?.namedCurve === "prime256v1"),
  root: z
    .base64()
    .transform((text) => Buffer.from(text, "base64"))
    .refine((root) => root.length === ROOT_BYTES),
});

/** New keys. */
export function generateKeys(): Keys {
  return {
    identity: generateKeyPairSync("ed25519").privateKey,
    reply: generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey,
    root: randomBytes(ROOT_BYTES),
  };
}

/** The keys as bytes. */
export function encodeKeys({ identity, reply, root }: Keys): Buffer {
  const pkcs8 = (key: KeyObject): string => key.export({ format: "der", type: "pkcs8" }).toString("base64");
  return Buffer.from(JSON.stringify({ identity: pkcs8(identity), reply: pkcs8(reply), root: root.toString("base64") }));
}

/** The keys in bytes that `encodeKeys` made; `undefined` when they are none. */
export function decodeKeys(bytes: Buffer): Keys | undefined {
  try {
    return keysSchema.safeParse(JSON.parse(bytes.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
