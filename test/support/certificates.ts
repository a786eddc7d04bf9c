/** The check of a reply key's certificate, with Node's keys. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { replyKeyOf } from "../../src/protocol/reply-key-certificate.js";

/** The key that a certificate vouches for, if it holds and is by `identity`. */
export async function certifiedKey(certificate: unknown, identity: KeyObject): Promise<KeyObject | undefined> {
  const der = await replyKeyOf(certificate, identity.export({ format: "der", type: "spki" }));
  return der && createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
}
