/** Ed25519 keys of users: each is its seed (RFC 8032, 5.1.5), from which everything else follows. */
import { getPublicKeyAsync, utils } from "@noble/ed25519";
import { bytesToHex, hexToBytes } from "@noble/curves/utils.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";

/** 32 bytes, secret. */
export type Seed = Uint8Array;

/** A new seed. */
export function newSeed(): Seed {
  return utils.randomSecretKey();
}

/** The public key of a seed. */
export function publicKeyOf(seed: Seed): Promise<Ed25519Key> {
  return getPublicKeyAsync(seed);
}

/** A seed as people write it down: 64 hexadecimal digits in groups of four. */
export function textOfSeed(seed: Seed): string {
  return (bytesToHex(seed).match(/.{4}/g) ?? []).join(" ");
}

/** The seed that was written down so, however it is spaced; `undefined` when it is none. */
export function seedOfText(text: string): Seed | undefined {
  const digits = text.replaceAll(/[\s-]/g, "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? hexToBytes(digits) : undefined;
}
