/**
 * Ed25519 (RFC 8032) where the directory and its clients must be of one mind: how keys are written, which keys are
 * accepted, and when a signature holds. The directory's verdict is OpenSSL's; this one, for clients, is the same.
 */
import { etc, Point } from "@noble/ed25519";

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** DER of SubjectPublicKeyInfo with id-Ed25519 (RFC 8410, section 4), up to the key. */
const DER_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/** DER SubjectPublicKeyInfo of a raw key of 32 bytes. */
export function ed25519Der(raw: Uint8Array): Uint8Array {
  return etc.concatBytes(DER_PREFIX, raw);
}

/** The 32 bytes of a key in DER SubjectPublicKeyInfo; `undefined` when it is no Ed25519 key. */
export function ed25519Raw(der: Uint8Array): Uint8Array | undefined {
  if (der.length !== DER_PREFIX.length + KEY_BYTES) return undefined;
  return DER_PREFIX.every((byte, index) => der[index] === byte)
    ? Uint8Array.from(der.subarray(DER_PREFIX.length))
    : undefined;
}

/**
 * May these 32 bytes be somebody's key? They must be the one encoding (RFC 8032, 5.1.3) of a point of the prime-order
 * group other than its neutral element, so that no signature holds for two keys, nor for every message.
 */
export function isAcceptableKey(raw: Uint8Array): boolean {
  const point = decodePoint(raw, false);
  return point !== undefined && !point.is0() && point.isTorsionFree();
}

/**
 * Does this signature of `text` hold, as OpenSSL has it? `S` must be reduced, and `[S]B - [k]A` encode to the very bytes of
 * `R` (no cofactor); any encoding of a point is a key, as one that is not acceptable never gets into the directory.
 */
export async function verifyEd25519(signature: Uint8Array, text: Uint8Array, key: Uint8Array): Promise<boolean> {
  if (signature.length !== SIGNATURE_BYTES || key.length !== KEY_BYTES) return false;
  const A = decodePoint(key, true);
  const R = signature.subarray(0, KEY_BYTES);
  const S = littleEndian(signature.subarray(KEY_BYTES));
  const { n: order } = Point.CURVE();
  if (A === undefined || S >= order) return false;
  const digest = await crypto.subtle.digest("SHA-512", Uint8Array.from(etc.concatBytes(R, key, text)));
  const k = littleEndian(new Uint8Array(digest)) % order;
  const expected = Point.BASE.multiply(S, false).subtract(A.multiply(k, false)).toBytes();
  return expected.every((byte, index) => byte === R[index]);
}

/** The point; `loose` takes coordinates that are not reduced, and a sign of zero. */
function decodePoint(bytes: Uint8Array, loose: boolean): Point | undefined {
  try {
    return Point.fromBytes(bytes, loose);
  } catch {
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${etc.bytesToHex(Uint8Array.from(bytes).reverse())}`);
}
