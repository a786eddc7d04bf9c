/** Bodies and answers about groups of the size that they have for years, for the tables of sizes. */
import type { GroupAnswers, GroupBodies, GroupId, GroupProfile } from "../../src/protocol/v2/groups.js";
import type { UserName } from "../../src/protocol/v2/names.js";
import type { Item } from "../../src/protocol/v2/reply.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";

const SEQUENCE = 1_000_000;
const group = new Uint8Array(16) as GroupId;
const signature = new Uint8Array(64);
const key = new Uint8Array(32);
const profile: GroupProfile = {
  name: "a group of twenty-four ..",
  listed: true,
  join: "request",
  maxMembers: 1000,
  announcements: true,
};

/** What is asked; `name` is that of whoever is concerned. */
export const GROUP_REQUEST_SIZES = {
  groupCreate: { group, profile, signature },
  group: { group },
  invitation: (name: UserName): GroupBodies["groupChange"] => ({
    group,
    sequence: SEQUENCE,
    change: { verb: "invite", name, note: new Uint8Array(0) },
    signature,
  }),
  page: { group, after: SEQUENCE, packets: 3 },
  send: { group, body: new Uint8Array(120), hours: 720, epoch: SEQUENCE },
} as const;

/** What members get. */
export const GROUP_ITEM_SIZES = {
  message: (sender: string): Item => {
    const message = { keyVersion: 1_000, id: new Uint8Array(16) as RequestId, body: new Uint8Array(120) };
    return { sequence: SEQUENCE, kind: "groupMessage", group, sender, epoch: SEQUENCE, ...message };
  },
  event: { sequence: SEQUENCE, kind: "groupEvent", group, groupSequence: SEQUENCE },
} as const;

/** What is answered. */
export const GROUP_ANSWER_SIZES = {
  group: { group, hour: 500_000, found: { profile, members: 1000, sequence: SEQUENCE } },
  hidden: { group, hour: 500_000, found: undefined },
  log: (count: number, actor: UserName): GroupAnswers["groupLog"] => ({
    log: Array.from({ length: count }, (_, at) => ({
      sequence: SEQUENCE + at,
      entry: { actor, keyVersion: 1_000, key, change: { verb: "accept" }, signature },
    })),
    more: true,
  }),
  members: (count: number, name: UserName): GroupAnswers["groupMembers"] => ({
    members: Array.from({ length: count }, (_, at) => ({ cursor: SEQUENCE + at, name, standing: "member" })),
    more: true,
    sequence: SEQUENCE,
    epoch: SEQUENCE,
    profile,
  }),
};
