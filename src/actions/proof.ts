/** What a request must prove before its action may decide. Checked by the verify stage, off the event loop. */
import type { KeyAlgorithm } from "../store/rows.js";

export type Proof =
  /** Nothing: an anonymous request. */
  | { readonly kind: "none"; readonly newKeys?: NewKeys }
  | {
      readonly kind: "signature";
      readonly algorithm: KeyAlgorithm;
      /** DER SubjectPublicKeyInfo. */
      readonly key: Uint8Array;
      readonly keyVersion: number;
      readonly message: Uint8Array;
      /** As it came: ECDSA in DER, or 64 bytes of Ed25519. `undefined` when it was not even hex. */
      readonly signature: Uint8Array | undefined;
      /** Signatures that must hold as well: that a new key is there, that what is kept for others is the user's. */
      readonly further?: readonly FurtherSignature[];
      readonly newKeys?: NewKeys;
    }
  /** Cannot hold (no such user, no such challenge), and costs what one that might does: a check of each of these messages. */
  | {
      readonly kind: "hopeless";
      readonly algorithm: KeyAlgorithm;
      readonly messages: readonly Uint8Array[];
      readonly newKeys?: NewKeys;
    };

/** One more signature. Ed25519; the key as DER. */
export interface FurtherSignature {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Raw Ed25519 keys that somebody is to have. Whether they are acceptable is no part of the proof: see `Verified.keysAcceptable`. */
export type NewKeys = readonly Uint8Array[];
