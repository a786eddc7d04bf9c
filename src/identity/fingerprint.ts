/** Fingerprints: short enough for two people to compare over the telephone. */
import { createHash, type KeyObject } from "node:crypto";

/** SHA-256 of the key's DER SubjectPublicKeyInfo: 64 hex digits in groups of four. */
export function fingerprint(key: KeyObject): string {
  const spki = key.export({ format: "der", type: "spki" });
  return (createHash("sha256").update(spki).digest("hex").match(/.{4}/g) ?? []).join(" ");
}
