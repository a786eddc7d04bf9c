/** The addresses of the mixnet's clients: real keys, derived from a text and the client's name, so that they stay the same. */
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { ADDRESS_BYTES, addressFromBytes, type NymAddress } from "../../src/protocol/nym-client/address.js";

/** PKCS #8 (RFC 8410) up to the 32 bytes of the private key. */
const PKCS8 = { ed25519: "302e020100300506032b657004220420", x25519: "302e020100300506032b656e04220420" } as const;

/** The address of the client `name` in the mixnet whose identity is `identity`; all of them sit at one gateway. */
export function deriveAddress(identity: string, name: string): NymAddress {
  const bytes = Buffer.concat([
    publicKey("ed25519", identity, "client identity", name),
    publicKey("x25519", identity, "client encryption", name),
    publicKey("ed25519", identity, "gateway identity", ""),
  ]);
  if (bytes.length !== ADDRESS_BYTES) throw new Error("derived keys of a wrong length");
  return addressFromBytes(bytes);
}

/** The gateway at which `address` sits (base58 of its identity key). */
export function gatewayOf(address: NymAddress): string {
  return address.slice(address.indexOf("@") + 1);
}

function publicKey(kind: keyof typeof PKCS8, ...parts: readonly string[]): Buffer {
  const secret = createHash("sha256").update(JSON.stringify(parts)).digest();
  const key = Buffer.concat([Buffer.from(PKCS8[kind], "hex"), secret]);
  const spki = createPublicKey(createPrivateKey({ key, format: "der", type: "pkcs8" }));
  return spki.export({ format: "der", type: "spki" }).subarray(-32);
}
