/**
 * Prekeys as rows, and how they change. The store knows which are given out again and again (the signed prekey and the last
 * resort) and which only once; what a key is for, and what a signature says, it does not know.
 */
import type { Hour } from "../util/time.js";
import type { RowKey } from "./rows.js";
import type { UserId } from "./identifiers.js";

/** A prekey that is given to one user. `id` is its owner's number for it. */
export interface PrekeyRow {
  readonly id: number;
  readonly key: Uint8Array;
}

/** A prekey that is given to many. */
export interface SignedPrekeyRow extends PrekeyRow {
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** When it was published. */
  readonly hour: Hour;
}

/** What a user has published and nobody has taken. */
export interface PrekeysRow {
  readonly signed: SignedPrekeyRow | undefined;
  readonly lastResort: SignedPrekeyRow | undefined;
  /** The first one-time prekeys, by their ids. */
  readonly oneTime: readonly PrekeyRow[];
  /** How many one-time prekeys there are. */
  readonly count: number;
  /** One-time prekeys that were taken in the hour `hour`, by everybody and by strangers. */
  readonly taken: { readonly hour: Hour; readonly all: number; readonly strangers: number };
}

/** The keys of rows of prekeys. */
export type PrekeyLocator =
  | { readonly table: "prekeys"; readonly user: UserId; readonly limit: number }
  | { readonly table: "takenPrekey"; readonly outcome: Uint8Array };

/** The user's prekeys, with at most `limit` of the one-time ones; nothing while they have never published any. */
export function prekeysOf(user: UserId, limit: number): RowKey<PrekeysRow> {
  return { table: "prekeys", user, limit };
}

/** The one-time prekey that was taken with the request of this outcome, unless its owner's prekeys are void. */
export function takenPrekeyOf(outcome: Uint8Array): RowKey<PrekeyRow> {
  return { table: "takenPrekey", outcome };
}

/** Changes of prekeys. Each conflicts when the key of their owner, `user`, is no longer of this version. */
export type PrekeyChange =
  /**
   * A prekey takes the place of another of its kind and, if it is a one-time prekey, its id. Conflicts when there would be
   * more than `most` one-time prekeys.
   */
  | {
      readonly kind: "publishPrekeys";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly signed?: Omit<SignedPrekeyRow, "hour">;
      readonly lastResort?: Omit<SignedPrekeyRow, "hour">;
      readonly oneTime: readonly PrekeyRow[];
      /** Erases the one-time prekeys that were there before. */
      readonly replace: boolean;
      readonly most: number;
      readonly hour: Hour;
    }
  /**
   * Keeps a one-time prekey for nothing but the answer to one request. Conflicts when it is not there any more, when the
   * request has taken one, and when as many were taken in `hour` as may be. The owner gets a notice, once after they have published, when fewer than
   * `low` are left.
   */
  | {
      readonly kind: "takePrekey";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly id: number;
      /** Of the request that takes it. */
      readonly outcome: { readonly id: Uint8Array; readonly expires: Hour };
      readonly hour: Hour;
      readonly stranger: boolean;
      readonly most: { readonly all: number; readonly strangers: number };
      readonly low: number;
    };

/** For how many hours a notice that few prekeys are left waits in its owner's mailbox. */
export const NOTICE_HOURS = 30 * 24;
