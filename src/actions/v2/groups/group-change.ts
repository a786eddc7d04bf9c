/**
 * Changes a group: who stands how to it, its profile, or that it is there at all. What is changed must be what the actor
 * saw: of two changes with the same sequence one is made, and the other is told that it is outdated.
 */
import type { GroupChange } from "../../../protocol/v2/groups.js";
import { encodeGroupEventPayload } from "../../../protocol/v2/payload.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { type Consent, consentOf } from "../../../store/contacts.js";
import { groupMemberOf, groupOf, groupsOf } from "../../../store/groups.js";
import type { GroupMemberRow, GroupRow, GroupsOfUser } from "../../../store/groups.js";
import { userByName } from "../../../store/rows.js";
import type { RowKey, User } from "../../../store/rows.js";
import { hourAfter } from "../../../util/time.js";
import type { Action, Decision, DecisionContext } from "../../action.js";
import { allows } from "../../consent.js";
import { done } from "../done.js";
import { CODES, ONCE, once, remember } from "../outcome.js";
import type { OutcomeRead } from "../outcome.js";
import { refuse } from "../refusal.js";
import { NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";
import { isRole, judge, RULES } from "../../../protocol/v2/group-rules.js";
import { signedTwice } from "./signed-twice.js";
import { decodeProfile, encodeEntry, encodeProfile } from "./stored.js";

type Request = V2Request<"groupChange">;
type First = SignerRead & { readonly subject: RowKey<User> };
type Next = OutcomeRead & {
  readonly group: RowKey<GroupRow>;
  readonly mine: RowKey<GroupMemberRow>;
  readonly theirs: RowKey<GroupMemberRow>;
  readonly others: RowKey<GroupsOfUser>;
  readonly consent: RowKey<Consent>;
};
interface Rows {
  readonly group: GroupRow | undefined;
  readonly mine: GroupMemberRow | undefined;
  readonly theirs: GroupMemberRow | undefined;
  readonly subject: User | undefined;
  readonly others: GroupsOfUser | undefined;
  readonly consent: Consent | undefined;
}

/** What somebody is told only by those whom they hear: the change is made, but they get no item. */
const HEARD: ReadonlySet<GroupChange["verb"]> = new Set(["invite", "revoke"]);

export const groupChange: Action<Request, First, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  // Without a name in the change it is the actor who is read twice, so that as much is read for every change.
  reads: (request) => ({ ...SIGNED.reads(request), subject: userByName(subjectOf(request.body)) }),

  readsNext(request, rows, context) {
    const { group } = request.body.body;
    const [user, subject] = [rows.user?.id ?? NOBODY, rows.subject?.id ?? NOBODY];
    return {
      ...ONCE.readsNext(request, rows, context),
      group: groupOf(group),
      mine: groupMemberOf(group, user),
      theirs: groupMemberOf(group, subject),
      others: groupsOf(subject),
      consent: consentOf(subject, user),
    };
  },

  proof: ({ body: request }, rows, context) => signedTwice(request, rows, request.body, context),

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: () => done(request.body),
      first: (user) => change(request.body, user, rows, context),
    }),
};

function subjectOf({ auth, body: { change } }: Request): string {
  return "name" in change ? change.name : auth.name;
}

function change(request: Request, user: User, rows: Rows, context: DecisionContext): Decision {
  const { group: id, sequence, change, signature } = request.body;
  const { group, subject } = rows;
  if (group === undefined) return refuse(request, "notFound");
  const profile = decodeProfile(group.profile);
  const actor = rows.mine?.standing ?? "none";
  if (actor === "none" && !profile.listed) return refuse(request, "notFound");
  const verdict = judge(change.verb, {
    actor,
    join: profile.join,
    ...("name" in change && { subject: rows.theirs?.standing ?? "none" }),
    ...("role" in change && { role: change.role }),
  });
  if (verdict === "notFound") return refuse(request, verdict);
  if (sequence !== group.sequence + 1) return refuse(request, "outdated");
  if (verdict !== "allowed") return refuse(request, verdict);
  if (subject === undefined) return refuse(request, "notFound");
  if (subject.algorithm !== "ed25519") return refuse(request, "recipientV1");

  const { becomes, leaves, tells: to } = RULES[change.verb];
  const standing = becomes === "role" && "role" in change ? change.role : becomes;
  const before = rows.theirs?.standing ?? "none";
  const { perUser, logEntries } = context.settings.groups;
  const comes = standing !== undefined && standing !== "none" && standing !== "role" ? standing : undefined;
  if (comes !== undefined && isRole(comes) && !isRole(before) && group.members >= profile.maxMembers)
    return refuse(request, "notPermitted");
  // Whoever waits is as many as whoever may come in.
  const waiting = comes === "invited" ? group.invited : comes === "asking" ? group.asking : 0;
  if (waiting >= profile.maxMembers) return refuse(request, "limited");
  const hears = !HEARD.has(change.verb) || allows(rows.consent, subject, user);
  const unheard = change.verb === "invite" && !hears;
  // An invitation that is not heard takes no room from those that are, and is answered as if it counted.
  const { groups = 0, invitations = 0, unheard: others = 0 } = rows.others ?? {};
  const counts = change.verb === "invite" ? invitations + (unheard ? others : 0) : groups;
  const isNew = comes === "invited" ? before === "none" : before === "none" || before === "invited";
  if (comes !== undefined && isNew && counts >= perUser) return refuse(request, "limited");

  return done(request, [
    remember(user, request, CODES.done, context),
    {
      kind: "changeGroup",
      user: user.id,
      keyVersion: user.keyVersion,
      group: id,
      sequence,
      entry: encodeEntry(change, signature),
      ...("name" in change && { subject: subject.id }),
      keep: logEntries,
      members: [
        ...(standing === undefined || standing === "role" ? [] : [{ user: subject.id, standing }]),
        ...(leaves === undefined ? [] : [{ user: user.id, standing: leaves }]),
      ],
      ...(unheard && { unheard }),
      ...("profile" in change && { profile: encodeProfile(change.profile) }),
      dissolve: change.verb === "dissolve",
      most: perUser,
      event: {
        to,
        ...("name" in change && hears && { also: subject.id }),
        origin: context.mac("origin", "group", id),
        payload: encodeGroupEventPayload({ group: id, groupSequence: sequence }),
        expires: hourAfter(context.now + context.settings.messageTtl),
      },
    },
  ]);
}
