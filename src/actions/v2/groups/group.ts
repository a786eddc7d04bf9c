/** States what a group says of itself, to anybody; of one that is not listed, what is said of one that is not there. */
import type { GroupStatement } from "../../../protocol/v2/groups.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { groupOf } from "../../../store/groups.js";
import type { GroupRow } from "../../../store/groups.js";
import type { RowKey } from "../../../store/rows.js";
import { hourOf } from "../../../util/time.js";
import type { Action } from "../../action.js";
import { failed, refuse } from "../refusal.js";
import { decodeProfile } from "./stored.js";

type Read = { readonly group: RowKey<GroupRow> };

export const group: Action<V2Request<"group">, Read, Read, "v2"> = {
  readOnly: true,
  reads: ({ body }) => ({ group: groupOf(body.body.group) }),
  proof: () => ({ kind: "none" }),
  decide: ({ body: { id, action, body } }, rows, { now }) => ({
    reply: {
      dialect: "v2",
      id,
      action,
      result: "ok",
      answer: { group: body.group, hour: hourOf(now), found: rows.group && found(rows.group) },
    },
    changes: [],
  }),
  unproven: ({ body }) => refuse(body, "unauthorized"),
  failed,
};

function found({ members, sequence, ...row }: GroupRow): GroupStatement["found"] {
  const profile = decodeProfile(row.profile);
  return profile.listed ? { profile, members, sequence } : undefined;
}
