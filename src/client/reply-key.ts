/** Trust in a directory, from the identity key that its operator publishes down to the key that signs its v1 answers. */
import { derOfPem, pemOf } from "../protocol/v1/keys.js";
import { replyKeyOf } from "../protocol/reply-key-certificate.js";

/**
 * The key that signs v1 answers, as PEM for the option `replyKey`, out of the certificate that the directory's operator
 * publishes (parsed JSON). `identity` is the PEM of the directory's Ed25519 identity key, which the caller trusts.
 * `undefined` when the certificate does not hold.
 */
export async function certifiedReplyKey(certificate: unknown, identity: string): Promise<string | undefined> {
  const trusted = derOfPem(identity);
  const key = trusted && (await replyKeyOf(certificate, trusted));
  return key && pemOf(key);
}
