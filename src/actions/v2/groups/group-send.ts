/**
 * Leaves a message for everybody in a group but its sender: stored once, with a delivery for each, which they acknowledge
 * as any other. A handshake message names the group's present epoch, which it ends: of two in one epoch, one is stored. A
 * message to one member goes where a message to all would go.
 */
import { isRole, SENDERS } from "../../../protocol/v2/group-rules.js";
import { encodeGroupMessagePayload } from "../../../protocol/v2/payload.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import type { Change } from "../../../store/changes.js";
import { groupMemberOf, groupOf } from "../../../store/groups.js";
import type { GroupMemberRow, GroupRow, MemberStanding } from "../../../store/groups.js";
import { userByName } from "../../../store/rows.js";
import type { RowKey, User } from "../../../store/rows.js";
import { HOUR_MS, hourAfter } from "../../../util/time.js";
import type { Action, Decision, DecisionContext, Verified } from "../../action.js";
import { refreshRoute } from "../../route.js";
import { done } from "../done.js";
import { isTooLarge, keptCopies } from "../history/copy.js";
import { CODES, ONCE, once, remember } from "../outcome.js";
import type { OutcomeRead } from "../outcome.js";
import { refusal, refuse } from "../refusal.js";
import { NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";
import { decodeProfile } from "./stored.js";

type Request = V2Request<"groupSend">;
type First = SignerRead & { readonly recipient: RowKey<User> };
type Next = OutcomeRead & {
  readonly group: RowKey<GroupRow>;
  readonly mine: RowKey<GroupMemberRow>;
  readonly theirs: RowKey<GroupMemberRow>;
};
interface Rows {
  readonly group: GroupRow | undefined;
  readonly mine: GroupMemberRow | undefined;
  readonly theirs: GroupMemberRow | undefined;
}

export const groupSend: Action<Request, First, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  // Without a recipient it is the sender who is read twice.
  reads: (request) => ({
    ...SIGNED.reads(request),
    recipient: userByName(request.body.body.to ?? request.body.auth.name),
  }),

  readsNext(request, rows, context) {
    const { group } = request.body.body;
    return {
      ...ONCE.readsNext(request, rows, context),
      group: groupOf(group),
      mine: groupMemberOf(group, rows.user?.id ?? NOBODY),
      theirs: groupMemberOf(group, rows.recipient?.id ?? NOBODY),
    };
  },

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: () => done(request.body),
      first: (user) => send(request, user, rows, context),
    }),
};

function send(
  verified: Verified<Request, "v2">,
  user: User,
  { group, mine, theirs }: Rows,
  context: DecisionContext,
): Decision {
  const { body: request, keyVersion } = verified;
  const { mac, now, settings } = context;
  const { group: id, body, hours, epoch, copy, to, sequence } = request.body;
  if (body.length > settings.maxBodyBytes || isTooLarge(copy, settings)) return refuse(request, "tooLarge");
  if (group === undefined || mine === undefined || !isRole(mine.standing)) return refuse(request, "notFound");
  if (sequence !== undefined && sequence !== group.sequence) return refuse(request, "outdated");
  if (theirs === undefined || !isRole(theirs.standing)) return refuse(request, "notFound");
  const senders: readonly MemberStanding[] =
    SENDERS[decodeProfile(group.profile).announcements ? "announcements" : "all"];
  const isHeard = senders.includes(mine.standing) || (to !== undefined && senders.includes(theirs.standing));
  if (!isHeard) return refuse(request, "notPermitted");
  if (epoch !== undefined && epoch !== group.epoch) return refuse(request, "epochTaken");
  const message = {
    origin: mac("origin", "group", id, user.id),
    payload: encodeGroupMessagePayload({ group: id, sender: user.name, keyVersion, id: request.id, body, epoch }),
  };
  const ttl = hours === undefined ? settings.messageTtl : Math.min(hours * HOUR_MS, settings.messageTtl);
  const expires = hourAfter(now + ttl);
  const changes: readonly Change[] = [
    remember(user, request, CODES.stored, context),
    to !== undefined
      ? { kind: "storeMessage", recipient: theirs.user, ...message, expires }
      : {
          kind: "sendToGroup",
          ...{ user: user.id, keyVersion, group: id, sequence: group.sequence },
          ...(epoch !== undefined && { epoch }),
          ...message,
          expires,
        },
    ...keptCopies(user, { id: request.id, conversation: id, copy }, context),
    refreshRoute(user, verified, context),
  ];
  return { ...done(request, changes), refused: refusal(request, "mailboxFull") };
}
