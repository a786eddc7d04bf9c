/** A user as a statement names them: with the key that is in force, in the form of its algorithm. */
import { bytes, name, nullable, tuple, uint, where, word } from "./shapes.js";

/** A user, as a statement names it. `key` is raw Ed25519, or the DER SubjectPublicKeyInfo of P-256. */
export interface StatedUser {
  readonly name: string;
  readonly algorithm: "p256" | "ed25519";
  readonly key: Uint8Array;
  readonly keyVersion: number;
}

/** SubjectPublicKeyInfo of an uncompressed point (RFC 5480). */
export const P256_DER_BYTES = 91;
const ED25519_BYTES = 32;
const KEY_LENGTHS = { p256: P256_DER_BYTES, ed25519: ED25519_BYTES };

const algorithm = word({ p256: 0, ed25519: 1 });
const anyUser = tuple<StatedUser>({
  name,
  algorithm,
  key: bytes(ED25519_BYTES, P256_DER_BYTES),
  keyVersion: uint(),
});

/** A user who is there. */
export const presentUser = where(anyUser, ({ key, algorithm }) => key.length === KEY_LENGTHS[algorithm]);
/** The user in a statement, or nobody; also as it is signed. */
export const statedUser = nullable(presentUser);
