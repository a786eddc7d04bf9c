/** Signatures as text: hex in the long form, base64 in the compact one. Both carry ECDSA P-256 in DER. */
import { hexToBytes } from "@noble/curves/utils.js";
import { base64ToBytes } from "./base64.js";
import type { Signature } from "./request.js";

/** The longest ECDSA P-256 signature in DER, in bytes. */
const MAX_SIGNATURE_BYTES = 72;

/** The bytes of a signature in hex of either case; `undefined` when it is no such text, empty, or too long for a signature. */
export function decodeHexSignature(text: unknown): Signature {
  if (typeof text !== "string" || text === "" || text.length > 2 * MAX_SIGNATURE_BYTES) return undefined;
  try {
    return hexToBytes(text);
  } catch {
    return undefined;
  }
}

/** The bytes of a signature in padded base64; `undefined` when it is no such text, empty, or too long for a signature. */
export function decodeBase64Signature(text: unknown): Signature {
  if (typeof text !== "string" || text === "" || text.length > (MAX_SIGNATURE_BYTES / 3) * 4) return undefined;
  return base64ToBytes(text);
}
