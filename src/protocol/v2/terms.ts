/** What every part of v2 speaks of. */

/** The version that every message and every signed text of v2 names. */
export const VERSION = 2;

/** 16 bytes that the client chooses at random; it names a request, and for `send` the message. */
export type RequestId = Uint8Array & { readonly __brand: "RequestId" };

/** A public key as it travels: 32 bytes of Ed25519 (RFC 8032, 5.1.2). */
export type Ed25519Key = Uint8Array;

/** A map without keys. */
export type Nothing = Readonly<Record<string, never>>;

/** From one sequence to another, both included. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}
