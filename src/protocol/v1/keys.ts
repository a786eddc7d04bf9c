/**
 * P-256 public keys of v1 users: PEM on the wire, and inside the directory the one DER SubjectPublicKeyInfo (RFC 5480)
 * that a point has uncompressed. Parsed here because OpenSSL takes a quarter of a millisecond for what a comparison and
 * one equation decide.
 */
import { base64ToBytes, bytesToBase64 } from "./base64.js";

/** Everything before the coordinates: id-ecPublicKey, prime256v1, a bit string, "uncompressed". */
const SPKI_HEAD = Uint8Array.of(
  ...[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08],
  ...[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04],
);
const COORDINATE_BYTES = 32;
const SPKI_BYTES = SPKI_HEAD.length + 2 * COORDINATE_BYTES;

/** The longest text that is tried as a key, in characters; one takes 178. */
const MAX_TEXT_LENGTH = 1024;
const PEM = /^\s*-----BEGIN PUBLIC KEY-----\s([A-Za-z0-9+/=\s]+)\s-----END PUBLIC KEY-----\s*$/;
const PEM_LINE = 64;

/** The prime of P-256 (FIPS 186-5), and b of y² = x³ - 3x + b. */
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** The key in `pem` as canonical DER; `undefined` unless it is the PEM of a P-256 key. Line ends may be `\r\n`. */
export function parseP256Pem(pem: string): Uint8Array | undefined {
  const der = derOfPem(pem);
  return der !== undefined && isP256Key(der) ? der : undefined;
}

/** The bytes that `pem` armours as PUBLIC KEY, whatever they are; `undefined` when it is no such PEM, or over 1 kB. */
export function derOfPem(pem: string): Uint8Array | undefined {
  if (pem.length > MAX_TEXT_LENGTH) return undefined;
  const armoured = PEM.exec(pem)?.[1];
  return armoured === undefined ? undefined : base64ToBytes(armoured.replace(/\s+/g, ""));
}

/** The bytes of a key in bare base64; `undefined` when it is not that, or over 1 kB. */
export function derOfBase64(text: string): Uint8Array | undefined {
  return text.length > MAX_TEXT_LENGTH ? undefined : base64ToBytes(text);
}

/** Is `der` the canonical SubjectPublicKeyInfo of a point on P-256? */
export function isP256Key(der: Uint8Array): boolean {
  if (der.length !== SPKI_BYTES || !SPKI_HEAD.every((byte, index) => der[index] === byte)) return false;
  const x = coordinateAt(der, SPKI_HEAD.length);
  const y = coordinateAt(der, SPKI_HEAD.length + COORDINATE_BYTES);
  return x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}

/** The PEM of a DER SubjectPublicKeyInfo, as OpenSSL and Python's `cryptography` print it. */
export function pemOf(der: Uint8Array): string {
  const text = bytesToBase64(der);
  let lines = "";
  for (let start = 0; start < text.length; start += PEM_LINE) lines += `${text.slice(start, start + PEM_LINE)}\n`;
  return `-----BEGIN PUBLIC KEY-----\n${lines}-----END PUBLIC KEY-----\n`;
}

function coordinateAt(der: Uint8Array, offset: number): bigint {
  const view = new DataView(der.buffer, der.byteOffset + offset, COORDINATE_BYTES);
  let value = 0n;
  for (let at = 0; at < COORDINATE_BYTES; at += 8) value = (value << 64n) | view.getBigUint64(at);
  return value;
}
