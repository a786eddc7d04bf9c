/** Short message authentication codes by which the directory knows its own digests again, and nobody else can make them. */
import { createHmac } from "node:crypto";

const MAC_BYTES = 16;

/**
 * HMAC-SHA-256 (RFC 2104), truncated to 16 bytes, over a purpose and parts. Each part is preceded by its length in bytes
 * (u32, big endian), so that no two lists of parts give the same text; numbers and texts count as their UTF-8 text.
 */
export function createMac(
  key: Uint8Array,
): (purpose: string, ...parts: readonly (string | number | Uint8Array)[]) => Uint8Array {
  return (purpose, ...parts) => {
    const hmac = createHmac("sha256", key);
    for (const part of [purpose, ...parts]) {
      const bytes = part instanceof Uint8Array ? part : Buffer.from(String(part));
      const length = Buffer.allocUnsafe(4);
      length.writeUInt32BE(bytes.length);
      hmac.update(length).update(bytes);
    }
    return hmac.digest().subarray(0, MAC_BYTES);
  };
}
