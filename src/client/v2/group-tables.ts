/** What an account remembers of groups, as records: what they are, and the keys of their messages. */
import { groupStanding } from "../../protocol/v2/group-bodies.js";
import { type GroupId, groupId, groupProfile } from "../../protocol/v2/groups.js";
import { bytesToHex } from "@noble/curves/utils.js";
import { GROUP_KEY_BYTES, type GroupKey, type GroupKeyId } from "../../protocol/v2/end-to-end.js";
import { bool, bytes, list, name, record, required, text, tuple, uint } from "../../protocol/v2/shapes.js";
import type { GroupPerson, GroupState } from "./group-state.js";
import type { Table } from "./tables.js";

const number = uint();

/** A group that we have seen the log of. */
export interface KnownGroup extends GroupState {
  readonly group: GroupId;
}

/** By the group's id in hexadecimal digits. */
export const GROUPS: Table<KnownGroup> = {
  name: "group",
  shape: record<KnownGroup>({
    group: required(0, groupId),
    sequence: required(1, number),
    profile: required(2, groupProfile),
    profileVouched: required(5, bool),
    people: required(3, list(tuple<GroupPerson>({ name, standing: groupStanding, vouched: bool }))),
    departed: required(4, number),
  }),
};

/** A key of ours for a group. */
export interface OwnGroupKey {
  readonly id: GroupKeyId;
  readonly key: GroupKey;
  /** The sequence of the group when it was made. */
  readonly since: number;
}

const groupKey = bytes<GroupKey>(GROUP_KEY_BYTES);
const groupKeyId = bytes<GroupKeyId>(GROUP_KEY_BYTES);

/** Our keys for a group, the present one last: by the group's id in hexadecimal digits. */
export const OWN_GROUP_KEYS: Table<readonly OwnGroupKey[]> = {
  name: "ownGroupKeys",
  shape: list(tuple<OwnGroupKey>({ id: groupKeyId, key: groupKey, since: number })),
};

/** Who was handed a key of ours, by `shareKey`: the version of their own key for which it was sealed, or 0 when they need it again. */
export const SHARES: Table<number> = { name: "groupShare", shape: number };

/** The key of a record of a group, one of our keys for it, and a member. */
export function shareKey(group: GroupId, id: GroupKeyId, member: string): string {
  return [bytesToHex(group), bytesToHex(id), member.toLowerCase()].join(".");
}

/** The group of such a record, in hexadecimal digits. */
export function groupOfShare(key: string): string {
  return key.slice(0, key.indexOf("."));
}

/** A key of somebody else's. */
export interface SenderKey {
  readonly sender: string;
  readonly key: GroupKey;
  /** When it came: seconds since 1970. */
  readonly at: number;
}

/** By the ids of the group and of the key, in hexadecimal digits, with a point between them. */
export const SENDER_KEYS: Table<SenderKey> = {
  name: "senderKey",
  shape: tuple<SenderKey>({ sender: text, key: groupKey, at: number }),
};
