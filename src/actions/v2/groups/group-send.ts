/**
 * Leaves a message for everybody in a group but its sender: stored once, with a delivery for each, which they acknowledge
 * as any other. A handshake message names the group's present epoch, which it ends: of two in one epoch, one is stored.
 */
import { encodeGroupMessagePayload } from "../../../protocol/v2/payload.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { groupMemberOf, groupOf } from "../../../store/groups.js";
import type { GroupMemberRow, GroupRow } from "../../../store/groups.js";
import type { RowKey, User } from "../../../store/rows.js";
import { HOUR_MS, hourAfter } from "../../../util/time.js";
import type { Action, Decision, DecisionContext, Verified } from "../../action.js";
import { refreshRoute } from "../../route.js";
import { done } from "../done.js";
import { isTooLarge, keptCopies } from "../history/copy.js";
import { CODES, ONCE, once, remember } from "../outcome.js";
import type { OutcomeRead } from "../outcome.js";
import { refuse } from "../refusal.js";
import { NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";
import { isRole, SENDERS } from "../../../protocol/v2/group-rules.js";
import { decodeProfile } from "./stored.js";

type Request = V2Request<"groupSend">;
type Next = OutcomeRead & { readonly group: RowKey<GroupRow>; readonly mine: RowKey<GroupMemberRow> };
interface Rows {
  readonly group: GroupRow | undefined;
  readonly mine: GroupMemberRow | undefined;
}

export const groupSend: Action<Request, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  readsNext: (request, rows, context) => ({
    ...ONCE.readsNext(request, rows, context),
    group: groupOf(request.body.body.group),
    mine: groupMemberOf(request.body.body.group, rows.user?.id ?? NOBODY),
  }),

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: () => done(request.body),
      first: (user) => send(request, user, rows, context),
    }),
};

function send(
  verified: Verified<Request, "v2">,
  user: User,
  { group, mine }: Rows,
  context: DecisionContext,
): Decision {
  const { body: request, keyVersion } = verified;
  const { mac, now, settings } = context;
  const { group: id, body, hours, epoch, copy } = request.body;
  if (body.length > settings.maxBodyBytes || isTooLarge(copy, settings)) return refuse(request, "tooLarge");
  if (group === undefined || mine === undefined || !isRole(mine.standing)) return refuse(request, "notFound");
  const { announcements } = decodeProfile(group.profile);
  if (!SENDERS[announcements ? "announcements" : "all"].includes(mine.standing)) return refuse(request, "notPermitted");
  if (epoch !== undefined && epoch !== group.epoch) return refuse(request, "epochTaken");
  const ttl = hours === undefined ? settings.messageTtl : Math.min(hours * HOUR_MS, settings.messageTtl);
  return done(request, [
    remember(user, request, CODES.done, context),
    {
      kind: "sendToGroup",
      user: user.id,
      keyVersion,
      group: id,
      sequence: group.sequence,
      ...(epoch !== undefined && { epoch }),
      origin: mac("origin", "group", id, user.id),
      payload: encodeGroupMessagePayload({ group: id, sender: user.name, keyVersion, id: request.id, body, epoch }),
      expires: hourAfter(now + ttl),
    },
    ...keptCopies(user, { id: request.id, conversation: id, copy }, context),
    refreshRoute(user, verified, context),
  ]);
}
