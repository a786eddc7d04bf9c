/** How the bodies of requests about groups, and what is answered, are written and read. `docs/protocol.md`, "Groups". */
import {
  type GroupAnswers,
  type GroupBodies,
  groupChange,
  type GroupEntry,
  groupId,
  type GroupLogItem,
  type GroupMember,
  groupProfile,
  type GroupStatement,
  type PageOf,
  type SentGroupAnswers,
  type SignedGroupStatement,
  type Standing,
} from "./groups.js";
import {
  bytes,
  flag,
  list,
  name,
  nullable,
  optional,
  record,
  required,
  type Shape,
  tuple,
  uint,
  where,
  word,
} from "./shapes.js";
import type { Nothing } from "./terms.js";

const MOST_PACKETS = 255;
const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;

const signature = bytes(SIGNATURE_BYTES);
const number = uint();
const empty = record<Nothing>({});
/** How somebody stands to a group. */
export const groupStanding = word<Standing>({ member: 0, announcer: 1, admin: 2, owner: 3, invited: 4, asking: 5 });

const pageOf = record<PageOf>({
  group: required(0, groupId),
  after: required(1, number),
  packets: required(2, uint(1, MOST_PACKETS)),
});

const groupSend = record<GroupBodies["groupSend"]>({
  group: required(0, groupId),
  body: required(1, bytes(0, Number.MAX_SAFE_INTEGER)),
  hours: optional(2, uint(1)),
  epoch: optional(3, number),
  copy: optional(4, bytes(1, Number.MAX_SAFE_INTEGER)),
  to: optional(5, name),
  sequence: optional(6, uint(1)),
});

/** How each body is written and read. */
export const GROUP_BODIES: { readonly [A in keyof GroupBodies]: Shape<GroupBodies[A]> } = {
  groupCreate: record<GroupBodies["groupCreate"]>({
    group: required(0, groupId),
    profile: required(1, groupProfile),
    signature: required(2, signature),
  }),
  group: record<GroupBodies["group"]>({ group: required(0, groupId) }),
  groupChange: record<GroupBodies["groupChange"]>({
    group: required(0, groupId),
    sequence: required(1, uint(1)),
    change: required(2, groupChange),
    signature: required(3, signature),
  }),
  groupLog: pageOf,
  groupMembers: pageOf,
  groupSend: where(groupSend, ({ to, epoch }) => to === undefined || epoch === undefined),
};

/** What a statement finds. */
export const foundGroup = nullable(
  tuple<NonNullable<GroupStatement["found"]>>({ profile: groupProfile, members: number, sequence: number }),
);
const entry = tuple<GroupEntry>({
  actor: name,
  keyVersion: number,
  key: bytes(KEY_BYTES),
  change: groupChange,
  signature,
});
/** A place in the log. */
export const groupLogItem = tuple<GroupLogItem>({ sequence: number, entry: nullable(entry) });
/** Somebody whom the group has to do with. */
export const groupMember = tuple<GroupMember>({ cursor: number, name, standing: groupStanding });

/** How each answer is written and read. */
export const GROUP_ANSWERS: { readonly [A in keyof SentGroupAnswers]: Shape<SentGroupAnswers[A]> } = {
  groupCreate: empty,
  group: record<SignedGroupStatement>({
    group: required(0, groupId),
    hour: required(1, number),
    found: required(2, foundGroup),
    signature: required(3, signature),
  }),
  groupChange: empty,
  groupLog: record<GroupAnswers["groupLog"]>({ log: required(0, list(groupLogItem)), more: flag(1) }),
  groupMembers: record<GroupAnswers["groupMembers"]>({
    members: required(0, list(groupMember)),
    more: flag(1),
    sequence: required(2, number),
    epoch: required(3, number),
    profile: required(4, groupProfile),
  }),
  groupSend: empty,
};
