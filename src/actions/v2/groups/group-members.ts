/** Tells members, and who is invited, who else stands how to their group, and where the group is. */
import { groupMember } from "../../../protocol/v2/group-bodies.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { groupMemberOf, groupMembersOf, groupOf } from "../../../store/groups.js";
import type { GroupMemberPage, GroupMemberRow, GroupRow } from "../../../store/groups.js";
import type { RowKey } from "../../../store/rows.js";
import type { Action } from "../../action.js";
import { rowsFor } from "../fitting.js";
import { refuse } from "../refusal.js";
import { eachTime, NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";
import { fitting } from "./page.js";
import { mayRead } from "../../../protocol/v2/group-rules.js";
import { decodeProfile } from "./stored.js";

type Next = {
  readonly group: RowKey<GroupRow>;
  readonly page: RowKey<GroupMemberPage>;
  readonly mine: RowKey<GroupMemberRow>;
};

/** Members read for each packet, and at most: one with a short name has about ten bytes. */
const READ_PER_PACKET = 160;
const READ_MAX = 512;

export const groupMembers: Action<V2Request<"groupMembers">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext({ body: { body }, credit }, { user }) {
    const limit = rowsFor({ packets: body.packets, credit }, READ_PER_PACKET, READ_MAX);
    return {
      group: groupOf(body.group),
      page: groupMembersOf(body.group, body.after, limit),
      mine: groupMemberOf(body.group, user?.id ?? NOBODY),
    };
  },

  decide: (request, rows, context) =>
    eachTime(request, rows, context, () => {
      const { id, action, body } = request.body;
      if (rows.group === undefined || !mayRead(rows.mine?.standing)) return refuse(request.body, "notFound");
      const found = (rows.page?.members ?? []).map(({ since: cursor, name, standing }) => ({ cursor, name, standing }));
      const room = { packets: body.packets, credit: request.credit };
      const members = fitting(found, (member) => groupMember.encode(member), room);
      const { sequence, epoch, profile } = rows.group;
      const more = rows.page?.more === true || members.length < found.length;
      const answer = { members, more, sequence, epoch, profile: decodeProfile(profile) };
      return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
    }),
};
