/** Tells whose messages wait in one's mailbox without an acknowledgement, and how many of each. */
import { HISTORY_FRAME_BYTES, unreadBytes, type UnreadMessages } from "../../../protocol/v2/history.js";
import { senderIn } from "../../../protocol/v2/payload.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { type UnreadOrigin, unreadOf, type UnreadPage } from "../../../store/history.js";
import type { RowKey } from "../../../store/rows.js";
import type { Action } from "../../action.js";
import { fittingCount, rowsFor } from "../fitting.js";
import { eachTime, NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";

type Next = { readonly page: RowKey<UnreadPage> };

/** Senders read for each packet, and at most: one with a name of five letters has about ten bytes. */
const READ_PER_PACKET = 128;
const READ_MAX = 256;

export const unread: Action<V2Request<"unread">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext({ body: { body }, credit }, { user }) {
    const limit = rowsFor({ packets: body.packets, credit }, READ_PER_PACKET, READ_MAX);
    return { page: unreadOf(user?.id ?? NOBODY, body.after, limit) };
  },

  decide: (request, rows, context) =>
    eachTime(request, rows, context, () => {
      const { id, action, body } = request.body;
      const { origins = [], more = false } = rows.page ?? {};
      const all = origins.flatMap(messagesOf);
      const { packets } = body;
      const count = fittingCount(all.map(unreadBytes), HISTORY_FRAME_BYTES, { packets, credit: request.credit });
      const answer = { senders: all.slice(0, count), more: more || count < all.length };
      return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
    }),
};

function messagesOf({ sequence, head, messages }: UnreadOrigin): readonly UnreadMessages[] {
  const from = senderIn(head);
  return from === undefined ? [] : [{ cursor: sequence, ...from, messages }];
}
