/** Tells members, and who is invited, what has been done to their group, with the signatures of those who did it. */
import { groupLogItem } from "../../../protocol/v2/group-bodies.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { groupLogOf, groupMemberOf } from "../../../store/groups.js";
import type { GroupLogPage, GroupMemberRow } from "../../../store/groups.js";
import type { RowKey } from "../../../store/rows.js";
import type { Action } from "../../action.js";
import { rowsFor } from "../fitting.js";
import { refuse } from "../refusal.js";
import { eachTime, NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";
import { fitting } from "./page.js";
import { mayRead } from "../../../protocol/v2/group-rules.js";
import { logItemOf } from "./stored.js";

type Next = { readonly page: RowKey<GroupLogPage>; readonly mine: RowKey<GroupMemberRow> };

/** Entries read for each packet, and at most: one has at least 120 bytes. */
const READ_PER_PACKET = 14;
const READ_MAX = 256;

export const groupLog: Action<V2Request<"groupLog">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext({ body: { body }, credit }, { user }) {
    const limit = rowsFor({ packets: body.packets, credit }, READ_PER_PACKET, READ_MAX);
    return {
      page: groupLogOf(body.group, body.after, limit),
      mine: groupMemberOf(body.group, user?.id ?? NOBODY),
    };
  },

  decide: (request, rows, context) =>
    eachTime(request, rows, context, () => {
      const { id, action, body } = request.body;
      if (!mayRead(rows.mine?.standing)) return refuse(request.body, "notFound");
      const { log: found = [], more = false } = rows.page ?? {};
      const room = { packets: body.packets, credit: request.credit };
      const log = fitting(found.map(logItemOf), (item) => groupLogItem.encode(item), room);
      const answer = { log, more: more || log.length < found.length };
      return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
    }),
};
