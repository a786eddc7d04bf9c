/** What `register` and `login` have in common: a nonce that the requester has to sign. */
import type { Dialect, Reply } from "../../protocol/v1/reply.js";
import type { Challenge } from "../challenge.js";

const NONCE_BYTES = 16;

/** A fresh nonce: 32 lowercase hex characters. */
export function newNonce(random: (bytes: number) => Buffer): string {
  return random(NONCE_BYTES).toString("hex");
}

/** The reply that offers the nonce of `challenge`. */
export function challengeReply(dialect: Dialect, { purpose, nonce }: Challenge): Reply {
  return { dialect, kind: "challenge", purpose, nonce };
}

/** Are these the same public bytes? */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
