/** Base64 of small binary fields (RFC 4648 section 4), strict: one text for each sequence of bytes. */

/** The base64 of `bytes`, padded. */
export function bytesToBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** The bytes of `text`; `undefined` unless it is padded base64 with nothing between and nothing left over. */
export function base64ToBytes(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? Uint8Array.from(binary, (unit) => unit.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}
