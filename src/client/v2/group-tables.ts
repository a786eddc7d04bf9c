/** What an account remembers of groups, as records. */
import { GROUP_BYTES, type GroupId, groupProfile, type Standing } from "../../protocol/v2/groups.js";
import { bool, bytes, list, name, record, required, tuple, uint, word } from "../../protocol/v2/shapes.js";
import type { GroupPerson, GroupState } from "./group-state.js";
import type { Table } from "./tables.js";

const number = uint();
const standing = word<Standing>({ member: 0, announcer: 1, admin: 2, owner: 3, invited: 4, asking: 5 });

/** A group that we have seen the log of. */
export interface KnownGroup extends GroupState {
  readonly group: GroupId;
}

/** By the group's id in hexadecimal digits. */
export const GROUPS: Table<KnownGroup> = {
  name: "group",
  shape: record<KnownGroup>({
    group: required(0, bytes<GroupId>(GROUP_BYTES)),
    sequence: required(1, number),
    profile: required(2, groupProfile),
    profileVouched: required(5, bool),
    people: required(3, list(tuple<GroupPerson>({ name, standing, vouched: bool }))),
    departed: required(4, number),
  }),
};
