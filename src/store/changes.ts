/**
 * What a decision changes. A decision's changes apply together or not at all; each states what must still hold when it
 * is applied (compare-and-set), so that a decision taken on rows that have moved on ends as a conflict, never as a mix.
 */
import type { Hour } from "../util/time.js";
import type { PrekeyChange } from "./prekeys.js";
import type { GroupStoreChange } from "./groups.js";
import type { ContactChange, MessageFields } from "./contacts.js";
import type { HistoryChange } from "./history.js";
import type { OperatorChange } from "./operators.js";
import type { KeyAlgorithm, Route } from "./rows.js";
import type { FoldedName, Sequence, UserId } from "./identifiers.js";

/** One change, with its precondition. */
export type Change =
  | PrekeyChange
  | HistoryChange
  | ContactChange
  /** Conflicts when the name is taken or held, and when registrations are stopped. The user's first route comes with it, and ends any other user's of that tag. */
  | {
      readonly kind: "insertUser";
      readonly name: string;
      readonly folded: FoldedName;
      readonly algorithm: KeyAlgorithm;
      readonly key: Uint8Array;
      readonly recoveryKey?: Uint8Array;
      /** The proof that the owner holds the key, kept in the key log. */
      readonly signature: Uint8Array;
      readonly created: Hour;
      readonly route: Route;
      readonly routeExpires: Hour;
    }
  /** A user of v1 whom another directory has registered: without a route. The key log has no proof of them. Conflicts when the name is taken or held. */
  | {
      readonly kind: "importUser";
      readonly name: string;
      readonly folded: FoldedName;
      /** DER, P-256. */
      readonly key: Uint8Array;
      readonly created: Hour;
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
  | ({ readonly kind: "storeMessage" } & MessageFields)
  /**
   * Erases deliveries (those of `sequences` that are there), and payloads that nobody waits for any more. Their outcomes
   * become `as`, and who asked for a receipt gets one in their own mailbox, unless that is full. Never conflicts.
   */
  | {
      readonly kind: "eraseDeliveries";
      readonly recipient: UserId;
      readonly sequences: readonly Sequence[];
      readonly as: "delivered" | "handedOver";
    }
  /** As `eraseDeliveries` as delivered, by ranges with both ends; the mailbox counts as not full any more. Conflicts when the key moved on. */
  | {
      readonly kind: "acknowledge";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly ranges: readonly { readonly first: number; readonly last: number }[];
    }
  /** Conflicts when an outcome of this id is known. */
  | {
      readonly kind: "rememberOutcome";
      readonly id: Uint8Array;
      readonly digest: Uint8Array;
      readonly code: number;
      readonly expires: Hour;
    }
  /** Conflicts when the key is no longer of this version. Appends to the key log; ends the user's route. */
  | {
      readonly kind: "changeKey";
      readonly user: UserId;
      readonly keyVersion: number;
      /** DER, Ed25519. */
      readonly key: Uint8Array;
      /** DER. Takes the place of the recovery key; without it the old one stays. */
      readonly recoveryKey?: Uint8Array;
      readonly by: "rotation" | "recovery";
      /** The signature of the request, kept in the key log. */
      readonly signature: Uint8Array;
      /** When, in whole hours: see `recoveryRightOf`. */
      readonly at: Hour;
    }
  /** Conflicts when the key is no longer of this version. */
  | { readonly kind: "endRoute"; readonly user: UserId; readonly keyVersion: number }
  /**
   * Erases the user and everything that hangs on them; nobody can register the name until `heldUntil`. The messages that
   * wait for them end as `expired`. Conflicts as above, and when it is not their name.
   */
  | {
      readonly kind: "releaseUser";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly folded: FoldedName;
      readonly heldUntil: Hour;
    }
  | GroupStoreChange
  | OperatorChange;

/** The codes that the outcome of a `send` takes on in the end; the store writes them, `actions/v2` reads them. */
export const SETTLED = { delivered: 101, expired: 102, handedOver: 103 } as const;
/** What a receipt says. */
export type Settled = keyof typeof SETTLED;
/** For how many hours a receipt waits in the mailbox of who asked for it. */
export const RECEIPT_HOURS = 30 * 24;

/** What became of one decision's changes. */
export type Outcome =
  /** `users`: ids given by insertUser and importUser, in order. `receipts`: users into whose mailboxes a receipt, a notice, or their copy of something has been put. */
  | { readonly status: "applied"; readonly users: readonly UserId[]; readonly receipts: readonly UserId[] }
  | { readonly status: "conflict" }
  /** The mailbox of a recipient is full. */
  | { readonly status: "refused" }
  /** The store could not write (locked for too long, disk full): nothing of the decision was applied. */
  | { readonly status: "failed" };
