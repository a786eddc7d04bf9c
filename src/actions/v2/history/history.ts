/** Brings sealed copies of what one has sent: to one other user or group, or all of them, above a cursor. */
import { copyBytes, HISTORY_FRAME_BYTES, type KeptCopy } from "../../../protocol/v2/history.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import type { RequestId } from "../../../protocol/v2/terms.js";
import { copiesOf, type CopyPage, type CopyRow } from "../../../store/history.js";
import type { RowKey } from "../../../store/rows.js";
import type { Action } from "../../action.js";
import { fittingCount, rowsFor } from "../fitting.js";
import { eachTime, NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";
import { conversationOf } from "./copy.js";

type Next = { readonly page: RowKey<CopyPage> };

/** Copies read for each packet, and at most: a sealed copy of 32 bytes is an entry of about 60. */
const READ_PER_PACKET = 32;
const READ_MAX = 256;

export const history: Action<V2Request<"history">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext({ body: { body }, credit }, { user }, { mac }) {
    const id = user?.id ?? NOBODY;
    const named = body.name ?? body.group;
    const conversation = named && conversationOf(id, named, mac);
    const limit = rowsFor({ packets: body.packets, credit }, READ_PER_PACKET, READ_MAX);
    return { page: copiesOf(id, conversation, body.after, limit) };
  },

  decide: (request, rows, context) =>
    eachTime(request, rows, context, () => {
      const { id, action, body } = request.body;
      const { copies: found = [], more = false } = rows.page ?? {};
      const all = found.map(keptOf);
      const { packets } = body;
      const count = fittingCount(all.map(copyBytes), HISTORY_FRAME_BYTES, { packets, credit: request.credit });
      const answer = { copies: all.slice(0, count), more: more || count < all.length };
      return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
    }),
};

function keptOf({ sequence, id, hour, copy }: CopyRow): KeptCopy {
  return { cursor: sequence, id: id as RequestId, hour, copy };
}
