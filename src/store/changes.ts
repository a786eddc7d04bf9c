/**
 * What a decision changes. A decision's changes apply together or not at all; each states what must still hold when it
 * is applied (compare-and-set), so that a decision taken on rows that have moved on ends as a conflict, never as a mix.
 */
import type { Hour } from "../util/time.js";
import type { FoldedName, KeyAlgorithm, Route, Sequence, UserId } from "./rows.js";

/** One change, with its precondition. */
export type Change =
  /** Conflicts when the name is taken. The user's first route comes with it, and ends any other user's of that tag. */
  | {
      readonly kind: "insertUser";
      readonly name: string;
      readonly folded: FoldedName;
      readonly algorithm: KeyAlgorithm;
      readonly key: Uint8Array;
      /** The proof that the owner holds the key, kept in the key log. */
      readonly signature: Uint8Array;
      readonly created: Hour;
      readonly route: Route;
      readonly routeExpires: Hour;
    }
  /** Conflicts when the user's key is no longer of this version. A route of another user with this tag ends. */
  | {
      readonly kind: "moveRoute";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly route: Route;
      readonly expires: Hour;
    }
  /**
   * Puts off the expiry of the user's route if it is this one, of this incarnation or an earlier one, and not expired;
   * does nothing to it otherwise. Conflicts when the user's key is no longer of this version.
   */
  | {
      readonly kind: "refreshRoute";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly route: Route;
      readonly expires: Hour;
    }
  /** Conflicts when the digest is known. */
  | { readonly kind: "rememberReplay"; readonly digest: Uint8Array; readonly expires: Hour }
  /** Refused when a recipient's mailbox is full; conflicts when a recipient is gone. */
  | {
      readonly kind: "storeMessage";
      readonly recipient: UserId;
      /** Tells one sender's messages from another's within one mailbox, and says nothing to who reads the disk; at most 16 bytes. */
      readonly origin: Uint8Array;
      readonly payload: Uint8Array;
      readonly expires: Hour;
    }
  /** Erases deliveries, and payloads that nobody waits for any more. Never conflicts. */
  | { readonly kind: "eraseDeliveries"; readonly recipient: UserId; readonly sequences: readonly Sequence[] };

/** What became of one decision's changes. */
export type Outcome =
  /** `users`: ids given by insertUser, in order. */
  | { readonly status: "applied"; readonly users: readonly UserId[] }
  | { readonly status: "conflict" }
  /** The mailbox of a recipient is full. */
  | { readonly status: "refused" }
  /** The store could not write (locked for too long, disk full): nothing of the decision was applied. */
  | { readonly status: "failed" };
