/** What lies between two users, and who may write to whom: rows, their keys, and changes. Each user has a list of their own. */
import type { Policy, Relation } from "../protocol/v2/contacts.js";
import type { Hour } from "../util/time.js";
import type { RowKey } from "./rows.js";
import type { UserId } from "./identifiers.js";

/** What one user has of another. `none` and not blocked is as good as no row. */
export interface Contact {
  readonly relation: Relation;
  readonly blocked: boolean;
}

/** Nothing at all. */
export const NO_CONTACT: Contact = { relation: "none", blocked: false };

/** What decides whether a user hears from another: what the one who would hear has set. */
export interface Consent extends Contact {
  readonly policy: Policy;
}

/** How long a list is. */
export interface ContactSums {
  readonly all: number;
  /** Of these, those who have asked and wait. */
  readonly received: number;
}

/** A user in another's list. */
export interface ListedContact extends Contact {
  /** Its place in this list; nobody else's for as long as it is there. */
  readonly slot: number;
  readonly name: string;
  readonly hour: Hour;
  readonly keyVersion: number;
}

/** The first entries of a list above a slot, and whether there are more. */
export interface ContactPage {
  readonly entries: readonly ListedContact[];
  readonly more: boolean;
}

/** Keys of the rows. Requests that have expired are not seen. */
export type ContactLocator =
  | { readonly table: "contact"; readonly user: UserId; readonly other: UserId }
  | { readonly table: "consent"; readonly user: UserId; readonly from: UserId }
  | { readonly table: "contactSums"; readonly user: UserId }
  | { readonly table: "contacts"; readonly user: UserId; readonly after: number; readonly limit: number }
  | { readonly table: "policy"; readonly user: UserId };

/** What `user` has of `other`. */
export function contactOf(user: UserId, other: UserId): RowKey<Contact> {
  return { table: "contact", user, other };
}

/** Whether `user` wants to hear from `from`; nothing when they have set nothing. */
export function consentOf(user: UserId, from: UserId): RowKey<Consent> {
  return { table: "consent", user, from };
}

/** How long the user's list is. */
export function contactSumsOf(user: UserId): RowKey<ContactSums> {
  return { table: "contactSums", user };
}

/** A page of the user's list, of at most `limit` entries, in the order of their slots. */
export function contactsOf(user: UserId, after: number, limit: number): RowKey<ContactPage> {
  return { table: "contacts", user, after, limit };
}

/** Who may write to the user; nothing when they have never said. */
export function policyOf(user: UserId): RowKey<Policy> {
  return { table: "policy", user };
}

/** What a message is stored with. */
export interface MessageFields {
  readonly recipient: UserId;
  /** Tells one sender's messages from another's within one mailbox, and says nothing to who reads the disk; at most 16 bytes. */
  readonly origin: Uint8Array;
  readonly payload: Uint8Array;
  /** From a contact, who may use what strangers may not. */
  readonly contact?: true;
  readonly expires: Hour;
  /** The outcome that is to say what becomes of the message (see `SETTLED`), and until when. */
  readonly outcome?: { readonly id: Uint8Array; readonly expires: Hour };
  /** Who gets a receipt when it is settled, and the 16 bytes by which they know the message. */
  readonly receipt?: { readonly to: UserId; readonly id: Uint8Array };
}

/** The changes. */
export type ContactChange =
  /**
   * Conflicts when what `user` has of `other` is not `before`, when either is gone, or when the list of `user` would
   * become longer than `bounds`. Where nothing changes, the row stays as it is, with its hour and expiry.
   */
  | {
      readonly kind: "setContact";
      readonly user: UserId;
      readonly other: UserId;
      readonly before: Contact;
      readonly after: Contact;
      readonly hour: Hour;
      /** When a relation that only one of the two wants ends. */
      readonly expires: Hour;
      readonly bounds: ContactSums;
    }
  /** Conflicts when the user's key is no longer of this version. */
  | { readonly kind: "setPolicy"; readonly user: UserId; readonly keyVersion: number; readonly policy: Policy }
  /**
   * Stands for a message that its recipient does not want: refused and conflicting as `storeMessage` is, as if it and
   * all those before it in that mailbox had been stored. It takes room from others that are refused, and from those of its
   * own origin, and from nobody else's. Nothing of it can be read; when its hour is over, or its recipient goes, its
   * outcome becomes `expired`, and who asked for a receipt gets one.
   */
  | ({ readonly kind: "refuseMessage" } & MessageFields)
  /**
   * Puts something into a mailbox that nobody waits to have accepted: it is left out when that is full, or when it is not
   * `wanted` (so that a decision that must not tell has as many changes). Never conflicts. The outcome names the user
   * among `receipts` when it is there.
   */
  | {
      readonly kind: "notify";
      readonly user: UserId;
      /** As of `storeMessage`. */
      readonly origin: Uint8Array;
      readonly payload: Uint8Array;
      readonly expires: Hour;
      readonly wanted: boolean;
    };
