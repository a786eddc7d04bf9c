/** What the directory tells of itself in v2, signed by its identity: made anew only when an address changes. */
import type { DirectoryFacts } from "./actions/action.js";
import type { Identity } from "./identity/identity.js";
import { addressToBytes, type NymAddress } from "./protocol/nym-client/address.js";
import { ed25519Raw } from "./protocol/v2/ed25519.js";
import type { Info } from "./protocol/v2/reply.js";
import { addressesText } from "./protocol/v2/signed-texts.js";

/** Protocol versions that are served. */
const VERSIONS = [1, 2];

/** What the facts are made of. */
export interface FactsComponents {
  readonly identity: Pick<Identity, "publicKey" | "replyPublicKey" | "certificate" | "sign">;
  readonly epoch: number;
}

/** The identity key as v2 writes it: 32 bytes. */
export function identityKey({ publicKey }: Pick<Identity, "publicKey">): Uint8Array {
  return ed25519Raw(publicKey.export({ format: "der", type: "spki" })) ?? new Uint8Array();
}

/** A function of the addresses of the pool, in its order. */
export function createFacts(
  { identity, epoch }: FactsComponents,
  limits: Info["limits"],
): (addresses: readonly NymAddress[]) => DirectoryFacts {
  const key = identityKey(identity);
  const replyKey = {
    key: identity.replyPublicKey.export({ format: "der", type: "spki" }),
    signature: Buffer.from(identity.certificate.signature, "base64"),
  };
  let known: { readonly text: string; readonly facts: DirectoryFacts } | undefined;
  return (addresses) => {
    const text = addresses.join();
    if (known?.text === text) return known.facts;
    const list = addresses.map(addressToBytes);
    const signature = identity.sign(addressesText(key, list));
    const info = { identity: key, replyKey, addresses: { list, signature }, versions: VERSIONS, epoch, limits };
    const facts: DirectoryFacts = { identity: key, epoch, info };
    known = { text, facts };
    return facts;
  };
}
