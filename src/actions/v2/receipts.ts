/** Tells what has become of one's own messages, by the ids of the requests that sent them. */
import type { MessageState } from "../../protocol/v2/reply.js";
import type { V2Request } from "../../protocol/v2/request.js";
import { SETTLED } from "../../store/changes.js";
import { outcomeOf } from "../../store/rows.js";
import type { OutcomeRow, RowKey } from "../../store/rows.js";
import type { Action } from "../action.js";
import { CODES, outcomeId } from "./outcome.js";
import { eachTime, SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";

type Next = Readonly<Record<`message${number}`, RowKey<OutcomeRow>>>;

const STATES: ReadonlyMap<number, MessageState> = new Map([
  [CODES.stored, "stored"],
  [SETTLED.delivered, "delivered"],
  [SETTLED.expired, "expired"],
  [SETTLED.handedOver, "handedOver"],
]);

export const receipts: Action<V2Request<"receipts">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext: ({ body: { body } }, { user }, { mac }) =>
    Object.fromEntries(body.ids.map((id, index) => [`message${index}`, outcomeOf(outcomeId(user, { id }, mac))])),

  decide: (request, rows, context) =>
    eachTime(request, rows, context, () => {
      const { id, action, body } = request.body;
      const states = body.ids.map((_, index) => STATES.get(rows[`message${index}`]?.code ?? -1) ?? "unknown");
      return { reply: { dialect: "v2", id, action, result: "ok", answer: { states } }, changes: [] };
    }),
};
