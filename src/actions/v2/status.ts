/** How the account stands: its key, its route, and its mailbox in numbers. */
import type { V2Request } from "../../protocol/v2/request.js";
import { mailboxOf, routeOf } from "../../store/rows.js";
import type { MailboxState, Route, RowKey } from "../../store/rows.js";
import type { Action } from "../action.js";
import { eachTime, NOBODY, SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";

type Next = { readonly mailbox: RowKey<MailboxState>; readonly route: RowKey<Route> };

export const status: Action<V2Request<"status">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext(_, { user }) {
    const id = user?.id ?? NOBODY;
    return { mailbox: mailboxOf(id), route: routeOf(id) };
  },

  decide: (request, rows, context) =>
    eachTime(request, rows, context, ({ keyVersion }) => {
      const { id, action } = request.body;
      const { mailbox, route } = rows;
      const answer = {
        keyVersion,
        routed: route !== undefined && isSameRoute(route, request.origin),
        waiting: { messages: mailbox?.messages ?? 0, bytes: mailbox?.bytes ?? 0 },
        quota: context.settings.mailbox,
        fullSince: mailbox?.fullSince,
        lastSequence: mailbox?.lastSequence ?? 0,
      };
      return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
    }),
};

function isSameRoute(one: Route, other: Route): boolean {
  return one.client === other.client && one.incarnation === other.incarnation && one.tag === other.tag;
}
