/** What operators see of users and names, and what they decide: as rows, and as changes. */
import type { Hour } from "../util/time.js";
import type { RowKey } from "./rows.js";
import { type FoldedName, foldName, type UserId } from "./identifiers.js";

/** A name that is no user's, and nobody can register. */
export interface NameHold {
  /** `undefined`: until it is freed. */
  readonly until: Hour | undefined;
}

/** How many such names there are. */
export interface NameCounts {
  /** For a time, after their release. */
  readonly held: number;
  /** Until they are freed. */
  readonly reserved: number;
}

/** When things happened to a user. */
export interface UserDates {
  readonly registered: Hour;
  /** When the present key came. */
  readonly keyChanged: Hour;
  /** When the user's route expires, if they have one. */
  readonly routeExpires: Hour | undefined;
}

/** The keys of these rows. */
export type OperatorLocator =
  | { readonly table: "registrationsStopped" }
  | { readonly table: "nameHold"; readonly name: FoldedName }
  | { readonly table: "nameCounts" }
  | { readonly table: "groupCount" }
  | { readonly table: "copyCount"; readonly user: UserId }
  | { readonly table: "userDates"; readonly user: UserId };

/** Has the operator stopped registrations? Finds `true` or nothing. */
export function registrationsStopped(): RowKey<true> {
  return { table: "registrationsStopped" };
}

/** How long nobody can register this name; nothing when it is free or a user's. */
export function nameHold(name: string): RowKey<NameHold> {
  return { table: "nameHold", name: foldName(name) };
}

/** Names that nobody can register. */
export function nameCounts(): RowKey<NameCounts> {
  return { table: "nameCounts" };
}

/** How many groups there are. */
export function groupCount(): RowKey<number> {
  return { table: "groupCount" };
}

/** How many copies of what they sent a user has kept; nothing when they have never kept one. */
export function copyCount(user: UserId): RowKey<number> {
  return { table: "copyCount", user };
}

/** The dates of a user. */
export function userDates(user: UserId): RowKey<UserDates> {
  return { table: "userDates", user };
}

/** What operators change. To delete a user is `releaseUser`. */
export type OperatorChange =
  /** Nobody can register the name until it is freed, whether it was held or nobody's. Conflicts when it is a user's. */
  | { readonly kind: "reserveName"; readonly folded: FoldedName }
  /** Ends the hold or the reservation of a name. Conflicts when there is none. */
  | { readonly kind: "freeName"; readonly folded: FoldedName }
  /** Never conflicts. */
  | { readonly kind: "setRegistrations"; readonly stopped: boolean };
