/**
 * Nym addresses: client Ed25519 identity (32 bytes), client X25519 key (32), gateway Ed25519 identity (32); as text
 * `base58(identity).base58(key)@base58(gateway)`.
 */
import { base58 } from "@scure/base";

/** A Nym address in its text form, known to be well formed. */
export type NymAddress = string & { readonly __brand: "NymAddress" };

/** Length in bytes of a Nym address in a binary frame. */
export const ADDRESS_BYTES = 96;
const KEY_BYTES = 32;

/** The text form of the 96 bytes of an address. */
export function addressFromBytes(bytes: Uint8Array): NymAddress {
  if (bytes.length !== ADDRESS_BYTES) throw new RangeError(`a Nym address has ${ADDRESS_BYTES} bytes`);
  const [identity, key, gateway] = [0, 1, 2].map((part) =>
    base58.encode(bytes.slice(part * KEY_BYTES, (part + 1) * KEY_BYTES)),
  );
  return `${identity ?? ""}.${key ?? ""}@${gateway ?? ""}` as NymAddress;
}

/** Base58 takes longer than all the rest of a frame, and one writes to the same addresses over and over. */
const inBytes = new Map<NymAddress, Uint8Array>();
const MOST_IN_BYTES = 1_000;

/** The 96 bytes of an address, which are not to be changed. */
export function addressToBytes(address: NymAddress): Uint8Array {
  const known = inBytes.get(address);
  if (known !== undefined) return known;
  const bytes = new Uint8Array(ADDRESS_BYTES);
  address.split(/[.@]/).forEach((part, index) => bytes.set(base58.decode(part), index * KEY_BYTES));
  if (inBytes.size >= MOST_IN_BYTES) inBytes.clear();
  inBytes.set(address, bytes);
  return bytes;
}

/** Parses an address; `undefined` when it is not exactly `identity.key@gateway`, each 32 bytes in base58. */
export function parseAddress(text: string): NymAddress | undefined {
  const parts = /^([1-9A-HJ-NP-Za-km-z]{32,44})\.([1-9A-HJ-NP-Za-km-z]{32,44})@([1-9A-HJ-NP-Za-km-z]{32,44})$/.exec(
    text,
  );
  if (parts === null) return undefined;
  const keys = parts.slice(1).map((part) => base58.decode(part));
  return keys.every((key) => key.length === KEY_BYTES) ? (text as NymAddress) : undefined;
}

/** The client's own identity key (base58): what names a Nym client whatever gateway it sits at. */
export function addressIdentity(address: NymAddress): string {
  return address.slice(0, address.indexOf("."));
}
