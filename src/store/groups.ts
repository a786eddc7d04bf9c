/**
 * Groups as rows, and how they change. The store keeps the profile and the log's entries as bytes that actions make and
 * read; what it knows of a group is who stands how to it, and its sequence, by which every change is compared and set.
 */
import type { Hour } from "../util/time.js";
import type { RowKey } from "./rows.js";
import type { UserId } from "./identifiers.js";

/** How a user stands to a group, from the least role to the most, and outside of it. */
export type MemberStanding = "member" | "announcer" | "admin" | "owner" | "invited" | "asking";

/** A group. */
export interface GroupRow {
  /** Of the last change. */
  readonly sequence: number;
  /** Grows with each handshake message. */
  readonly epoch: number;
  readonly profile: Uint8Array;
  /** How many have a role, are invited, ask. */
  readonly members: number;
  readonly invited: number;
  readonly asking: number;
}

/** Somebody whom a group has to do with. */
export interface GroupMemberRow {
  readonly user: UserId;
  readonly name: string;
  readonly standing: MemberStanding;
  /** The sequence with which they came. */
  readonly since: number;
}

/** Those who came after a sequence, in that order, and whether there are more. */
export interface GroupMemberPage {
  readonly members: readonly GroupMemberRow[];
  readonly more: boolean;
}

/** A place in a group's log; what a user who is gone had to do with is nowhere. */
export interface GroupLogRow {
  readonly sequence: number;
  readonly entry:
    | {
        readonly actor: string;
        readonly keyVersion: number;
        /** DER; of that version. */
        readonly key: Uint8Array;
        readonly subject: string | undefined;
        readonly bytes: Uint8Array;
      }
    | undefined;
}

/** The places of a log above a sequence, and whether there are more. */
export interface GroupLogPage {
  readonly log: readonly GroupLogRow[];
  readonly more: boolean;
}

/** To how many groups a user stands in some way. */
export interface GroupsOfUser {
  /** With a role, or asking. */
  readonly groups: number;
  /** By those whom the user hears. */
  readonly invitations: number;
  /** By others, of which the user is not told. */
  readonly unheard: number;
}

/** The keys of rows of groups, which are named by their 16 bytes. */
export type GroupRowLocator =
  | { readonly table: "group"; readonly group: Uint8Array }
  | { readonly table: "groupMember"; readonly group: Uint8Array; readonly user: UserId }
  | { readonly table: "groupMembers"; readonly group: Uint8Array; readonly after: number; readonly limit: number }
  | { readonly table: "groupLog"; readonly group: Uint8Array; readonly after: number; readonly limit: number }
  | { readonly table: "groupsOf"; readonly user: UserId };

/** The group of that id. */
export function groupOf(group: Uint8Array): RowKey<GroupRow> {
  return { table: "group", group };
}

/** How the user stands to the group, if they do. */
export function groupMemberOf(group: Uint8Array, user: UserId): RowKey<GroupMemberRow> {
  return { table: "groupMember", group, user };
}

/** At most `limit` of those who came to the group after a sequence. */
export function groupMembersOf(group: Uint8Array, after: number, limit: number): RowKey<GroupMemberPage> {
  return { table: "groupMembers", group, after, limit };
}

/** At most `limit` places of the group's log above a sequence. */
export function groupLogOf(group: Uint8Array, after: number, limit: number): RowKey<GroupLogPage> {
  return { table: "groupLog", group, after, limit };
}

/** To how many groups the user stands in some way. */
export function groupsOf(user: UserId): RowKey<GroupsOfUser> {
  return { table: "groupsOf", user };
}

/** What is put into many mailboxes: a message of one origin, stored once. Mailboxes that are full go without. */
interface Copied {
  /** As in `storeMessage`. */
  readonly origin: Uint8Array;
  readonly payload: Uint8Array;
  readonly expires: Hour;
}

/** Changes of groups. Each conflicts when the key of `user`, who makes it, is no longer of this version. */
export type GroupStoreChange =
  /** Its user is the owner, and `entry` the first of its log. Conflicts when there is one, or the user is in `most` already. */
  | {
      readonly kind: "createGroup";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly group: Uint8Array;
      readonly profile: Uint8Array;
      readonly entry: Uint8Array;
      readonly most: number;
    }
  /**
   * Makes the sequence `sequence` of a group. Conflicts when that is not the next one, when somebody in `members` is gone, and
   * when it brings somebody into more than `most` groups, or gives them more than `most` invitations: an unheard one counts with
   * all others, one that is heard with its like.
   */
  | {
      readonly kind: "changeGroup";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly group: Uint8Array;
      readonly sequence: number;
      /** The log's entry, and whom it is about. Of the log so many entries are kept. */
      readonly entry: Uint8Array;
      readonly subject?: UserId;
      readonly keep: number;
      /** How these users stand to the group from now on. */
      readonly members: readonly { readonly user: UserId; readonly standing: MemberStanding | "none" }[];
      /** Whoever is invited does not hear `user`. */
      readonly unheard?: true;
      readonly profile?: Uint8Array;
      /** Erases the group with everything that hangs on it, once it is told. */
      readonly dissolve: boolean;
      readonly most: number;
      /** Told to everybody with a role, or to the owner and admins alone, as it was before; and to one more; not to `user`. */
      readonly event: Copied & { readonly to: "members" | "managers"; readonly also?: UserId };
    }
  /**
   * A message for everybody with a role but `user`. Conflicts when the group has changed since `sequence`, and when its epoch
   * is another than `epoch`, which it ends.
   */
  | ({
      readonly kind: "sendToGroup";
      readonly user: UserId;
      readonly keyVersion: number;
      readonly group: Uint8Array;
      readonly sequence: number;
      readonly epoch?: number;
    } & Copied);
