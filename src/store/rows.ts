/**
 * The rows that actions read, and the keys that name them. An action declares its reads as an object of keys; the store
 * loads many at once and gives back an object of the same shape. Times are hours since the epoch: nothing finer is kept.
 */
import { type FoldedName, foldName, type Sequence, type UserId } from "./identifiers.js";
import type { SenderTag } from "../protocol/nym-client/sender-tag.js";
import type { Hour } from "../util/time.js";
import type { PrekeyLocator } from "./prekeys.js";
import type { GroupRowLocator } from "./groups.js";
import type { ContactLocator } from "./contacts.js";
import type { HistoryLocator } from "./history.js";
import type { OperatorLocator } from "./operators.js";

/** Signature algorithms of users' keys: v1 users have P-256 keys, v2 users Ed25519 keys. */
export type KeyAlgorithm = "p256" | "ed25519";

/** A registered user. */
export interface User {
  readonly id: UserId;
  /** The name as its owner wrote it. */
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** The public key: DER SubjectPublicKeyInfo. */
  readonly key: Uint8Array;
  /** Counts the keys of this user from 1; a precondition of what was verified with one. */
  readonly keyVersion: number;
  /** DER; see `recoveryRightOf`. */
  readonly recoveryKey: Uint8Array | undefined;
}

/** An entry of a user's key log: what has been in force with one version of the key. Never changed, never removed but with the user. */
export interface KeyLogEntry {
  /** DER. */
  readonly key: Uint8Array;
  /** DER; the one that this version brought, or else that of the version before. */
  readonly recoveryKey: Uint8Array | undefined;
}

/** An entry with its version, how it came and when, and the signature of who made it; no bytes where it was imported. */
export interface LoggedKey extends KeyLogEntry {
  readonly version: number;
  readonly by: "registration" | "rotation" | "recovery";
  readonly hour: Hour;
  readonly signature: Uint8Array;
}

/** The first entries of a user's key log from a version on, and whether there are more. */
export interface KeyPage {
  readonly entries: readonly LoggedKey[];
  readonly more: boolean;
}

/** Who may recover a user now, see `recoveryRightOf`. */
export interface RecoveryRight {
  /** DER. */
  readonly recoveryKey: Uint8Array;
}

/** A mailbox in numbers. */
export interface MailboxState {
  readonly messages: number;
  readonly bytes: number;
  /** The last sequence that was given. */
  readonly lastSequence: Sequence | 0;
  /** When the first message was refused because it was full, since the last acknowledgement. */
  readonly fullSince: Hour | undefined;
}

/** What became of an earlier request of the same user and id. */
export interface OutcomeRow {
  /** 16 bytes: equal for equal requests. */
  readonly digest: Uint8Array;
  /** What it was answered, or for a `send` what has become of the message: see `actions/v2`. */
  readonly code: number;
}

/** The first deliveries of a mailbox above `after`, and whether there are more. */
export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly more: boolean;
}

/** Where a user can be reached: a Nym client of the pool, by its identity key, its incarnation, and a tag. */
export interface Route {
  readonly client: string;
  readonly incarnation: number;
  readonly tag: SenderTag;
}

/** Whose a route is. Users of P-256 keys speak v1, those of Ed25519 keys v2. */
export interface RouteOwner {
  readonly user: UserId;
  readonly algorithm: KeyAlgorithm;
}

/** What waits for one recipient. */
export interface Delivery {
  readonly recipient: UserId;
  readonly sequence: Sequence;
  /** The bytes that were stored, as one shared payload. */
  readonly payload: Uint8Array;
}

/** A key of one row (or, for a mailbox, its first rows); the type parameter says what it finds. */
export type RowKey<Row = unknown> = RowLocator & { readonly __row?: Row };

type RowLocator =
  | ContactLocator
  | { readonly table: "userByName"; readonly name: FoldedName }
  | { readonly table: "userById"; readonly id: UserId }
  | { readonly table: "routeOwner"; readonly client: string; readonly tag: SenderTag }
  | { readonly table: "replay"; readonly digest: Uint8Array }
  | { readonly table: "outcome"; readonly id: Uint8Array }
  | { readonly table: "heldName"; readonly name: FoldedName }
  | { readonly table: "keyLog"; readonly user: UserId; readonly version: number }
  | { readonly table: "keys"; readonly user: UserId; readonly from: number; readonly limit: number }
  | { readonly table: "keyHad"; readonly user: UserId; readonly key: Uint8Array }
  | { readonly table: "recoveryRight"; readonly user: UserId; readonly before: Hour }
  | { readonly table: "mailbox"; readonly user: UserId }
  | PrekeyLocator
  | HistoryLocator
  | { readonly table: "route"; readonly user: UserId }
  | { readonly table: "deliveries"; readonly recipient: UserId; readonly after: number; readonly limit: number }
  | GroupRowLocator
  | OperatorLocator;

/** Keys by the names under which an action wants the rows; it leaves out what cannot exist. */
export type Reads = Readonly<Record<string, RowKey>>;
/** The rows that `R` named, under the same names; `undefined` also for what was left out. */
export type RowsOf<R extends Reads> = {
  readonly [Name in keyof R]-?: (R[Name] extends RowKey<infer Row> | undefined ? Row : never) | undefined;
};

/** The user of that name, whatever its case. */
export function userByName(name: string): RowKey<User> {
  return { table: "userByName", name: foldName(name) };
}

/** The user of that id. */
export function userById(id: UserId): RowKey<User> {
  return { table: "userById", id };
}

/** Whose route is this tag of this Nym client, and what kind of key have they? */
export function routeOwner(client: string, tag: SenderTag): RowKey<RouteOwner> {
  return { table: "routeOwner", client, tag };
}

/** Is this digest known? Finds `true` or nothing. */
export function replayOf(digest: Uint8Array): RowKey<true> {
  return { table: "replay", digest };
}

/** What became of the request with this outcome id (16 bytes, a MAC of user and request id). */
export function outcomeOf(id: Uint8Array): RowKey<OutcomeRow> {
  return { table: "outcome", id };
}

/** Is this name held back after its release? Finds `true` or nothing. */
export function heldName(name: string): RowKey<true> {
  return { table: "heldName", name: foldName(name) };
}

/** The entry of the user's key log with that version of the key. */
export function keyLogOf(user: UserId, version: number): RowKey<KeyLogEntry> {
  return { table: "keyLog", user, version };
}

/** A page of the user's key log from the version `from` on, of at most `limit` entries. */
export function keysOf(user: UserId, from: number, limit: number): RowKey<KeyPage> {
  return { table: "keys", user, from, limit };
}

/** Has this key (DER) ever been the user's? Finds `true` or nothing. */
export function keyHadBy(user: UserId, key: Uint8Array): RowKey<true> {
  return { table: "keyHad", user, key };
}

/**
 * The recovery key that has the right to recover this user: that of the latest entry of the key log that is settled (a
 * registration, a recovery, or a rotation from before the hour `before`), or if that has none, that of the first later
 * entry that has one. So what a rotation puts in the place of a recovery key has no right until the rotation is settled.
 */
export function recoveryRightOf(user: UserId, before: Hour): RowKey<RecoveryRight> {
  return { table: "recoveryRight", user, before };
}

/** The user's mailbox in numbers; nothing while it has never held anything. */
export function mailboxOf(user: UserId): RowKey<MailboxState> {
  return { table: "mailbox", user };
}

/** The user's route, if it has not expired. */
export function routeOf(user: UserId): RowKey<Route> {
  return { table: "route", user };
}

/** A page of a mailbox, of at most `limit` deliveries. */
export function deliveriesOf(recipient: UserId, after: number, limit: number): RowKey<DeliveryPage> {
  return { table: "deliveries", recipient, after, limit };
}
