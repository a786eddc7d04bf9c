/** Any message about groups, for property tests. */
import fc from "fast-check";
import type {
  GroupBodies,
  GroupChange,
  GroupId,
  GroupProfile,
  SentGroupAnswers,
  Standing,
} from "../../src/protocol/v2/groups.js";
import type { UserName } from "../../src/protocol/v2/names.js";
import type { Item } from "../../src/protocol/v2/reply.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";

const NAME_UNITS = Array.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
const LETTERS = { unit: fc.constantFrom(...NAME_UNITS), minLength: 1, maxLength: 64 };

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const uint = fc.oneof(fc.nat(300), fc.maxSafeNat());
const name = fc.string(LETTERS) as unknown as fc.Arbitrary<UserName>;
const group = bytes(16) as fc.Arbitrary<GroupId>;
const signature = bytes(64);
const note = fc.uint8Array({ maxLength: 256 });

const anyJoin = fc.record({
  name: fc.string({ unit: "binary", minLength: 1, maxLength: 64 }),
  listed: fc.boolean(),
  join: fc.constantFrom("open" as const, "request" as const, "invitation" as const),
  maxMembers: fc.integer({ min: 2, max: 1000 }),
  announcements: fc.boolean(),
});
const anyProfile: fc.Arbitrary<GroupProfile> = anyJoin.map((profile) =>
  profile.listed ? profile : { ...profile, join: "invitation" },
);

const verbs = <V extends string>(...all: V[]): fc.Arbitrary<V> => fc.constantFrom(...all);
const anyGroupChange: fc.Arbitrary<GroupChange> = fc.oneof(
  fc.record({ verb: verbs("accept", "decline", "withdraw", "join", "leave", "dissolve") }),
  fc.record({ verb: verbs("revoke", "approve", "refuse", "remove", "transfer"), name }),
  fc.record({ verb: verbs("invite"), name, note }),
  fc.record({ verb: verbs("request"), note }),
  fc.record({
    verb: verbs("role"),
    name,
    role: fc.constantFrom("member" as const, "announcer" as const, "admin" as const),
  }),
  fc.record({ verb: verbs("profile"), profile: anyProfile }),
);

const pageOf = fc.record({ group, after: uint, packets: fc.integer({ min: 1, max: 255 }) });

const groupSend = <M extends object>(more: { [K in keyof M]: fc.Arbitrary<M[K]> }) =>
  fc.record(
    {
      ...{ group, body: fc.uint8Array({ maxLength: 300 }), hours: fc.integer({ min: 1 }) },
      ...{ copy: fc.uint8Array({ minLength: 1, maxLength: 300 }), sequence: fc.integer({ min: 1 }), ...more },
    },
    { requiredKeys: ["group", "body"] },
  ) as fc.Arbitrary<GroupBodies["groupSend"]>;

export const GROUP_BODIES: { readonly [A in keyof GroupBodies]: fc.Arbitrary<GroupBodies[A]> } = {
  groupCreate: fc.record({ group, profile: anyProfile, signature }),
  group: fc.record({ group }),
  groupChange: fc.record({
    group,
    sequence: fc.oneof(
      fc.integer({ min: 1, max: 300 }),
      fc.maxSafeNat().filter((number) => number > 0),
    ),
    change: anyGroupChange,
    signature,
  }),
  groupLog: pageOf,
  groupMembers: pageOf,
  groupSend: fc.oneof(groupSend({ epoch: uint }), groupSend({ to: name })),
};

const standing = fc.constantFrom<Standing>("member", "announcer", "admin", "owner", "invited", "asking");
const found = fc.record({ profile: anyProfile, members: uint, sequence: uint });
const entry = fc.record({ actor: name, keyVersion: uint, key: bytes(32), change: anyGroupChange, signature });

export const GROUP_ANSWERS: { readonly [A in keyof SentGroupAnswers]: fc.Arbitrary<SentGroupAnswers[A]> } = {
  groupCreate: fc.constant({}),
  group: fc.record({ group, hour: uint, found: fc.option(found, { nil: undefined }), signature }),
  groupChange: fc.constant({}),
  groupLog: fc.record({
    log: fc.array(fc.record({ sequence: uint, entry: fc.option(entry, { nil: undefined }) }), { maxLength: 10 }),
    more: fc.boolean(),
  }),
  groupMembers: fc.record({
    members: fc.array(fc.record({ cursor: uint, name, standing }), { maxLength: 20 }),
    more: fc.boolean(),
    sequence: uint,
    epoch: uint,
    profile: anyProfile,
  }),
  groupSend: fc.constant({}),
};

/** What groups put into mailboxes. */
export const anyGroupItem: fc.Arbitrary<Item> = fc.oneof(
  fc.record({
    sequence: uint,
    kind: fc.constant("groupMessage" as const),
    group,
    sender: name,
    keyVersion: uint,
    id: bytes(16) as fc.Arbitrary<RequestId>,
    body: fc.uint8Array({ maxLength: 300 }),
    epoch: fc.option(uint, { nil: undefined }),
  }),
  fc.record({ sequence: uint, kind: fc.constant("groupEvent" as const), group, groupSequence: uint }),
);
