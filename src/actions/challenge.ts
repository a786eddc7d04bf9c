/**
 * Pending v1 challenges: in memory only, one for each origin and purpose, short-lived and capped. The table itself is
 * `pipeline/challenges.ts`; actions see one challenge as a row and say what becomes of it.
 */
import type { UserId } from "../store/identifiers.js";

/** A nonce that was offered, and what a signature of it would prove. */
export type Challenge = {
  /** 32 lowercase hex characters. */
  readonly nonce: string;
  /** How long it may be answered once it has been issued, in milliseconds. */
  readonly lasts: number;
  /** DER SubjectPublicKeyInfo of the key that must sign. */
  readonly key: Uint8Array;
  /** The name as the request wrote it. */
  readonly name: string;
} & (
  | { readonly purpose: "registration" }
  | { readonly purpose: "login"; readonly user: UserId; readonly keyVersion: number }
);

/** `issue` replaces the pending challenge of that purpose; `drop` ends it. */
export type ChallengeChange = { readonly issue: Challenge } | { readonly drop: Challenge["purpose"] };
