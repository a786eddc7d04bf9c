/**
 * Brings what waits above a sequence: as many items as fit the packets that were asked for and that SURBs cover. What is
 * larger than that waits for more SURBs; nothing is erased before it is acknowledged.
 */
import { EMPTY_FETCH_BYTES, itemBytes } from "../../protocol/v2/items.js";
import { decodeItem } from "../../protocol/v2/payload.js";
import type { V2Request } from "../../protocol/v2/request.js";
import { deliveriesOf, mailboxOf } from "../../store/rows.js";
import type { DeliveryPage, MailboxState, RowKey } from "../../store/rows.js";
import type { Action } from "../action.js";
import { fittingCount, rowsFor } from "./fitting.js";
import { eachTime, NOBODY, SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";

type Next = { readonly page: RowKey<DeliveryPage>; readonly mailbox: RowKey<MailboxState> };

/** Deliveries read for each packet, and at most: a message of 32 bytes is an item of about 75. */
const READ_PER_PACKET = 24;
const READ_MAX = 256;

export const fetch: Action<V2Request<"fetch">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext({ body: { body }, credit }, { user }) {
    const id = user?.id ?? NOBODY;
    const limit = rowsFor({ packets: body.packets, credit }, READ_PER_PACKET, READ_MAX);
    return { page: deliveriesOf(id, body.after, limit), mailbox: mailboxOf(id) };
  },

  decide: (request, rows, context) =>
    eachTime(request, rows, context, () => {
      const { id, action, body } = request.body;
      const { deliveries = [], more = false } = rows.page ?? {};
      const found = deliveries.flatMap(({ sequence, payload }) => decodeItem(sequence, payload) ?? []);
      const { packets } = body;
      const count = fittingCount(found.map(itemBytes), EMPTY_FETCH_BYTES, { packets, credit: request.credit });
      const items = found.slice(0, count);
      const answer = { items, more: more || items.length < found.length, fullSince: rows.mailbox?.fullSince };
      return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
    }),
};
