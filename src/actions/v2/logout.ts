/** Ends the route: nothing is pushed any more, what waits has to be fetched. */
import type { V2Request } from "../../protocol/v2/request.js";
import type { Action } from "../action.js";
import { CODES, ONCE, once, remember } from "./outcome.js";
import type { OutcomeRead } from "./outcome.js";
import { SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";

export const logout: Action<V2Request<"logout">, SignerRead, OutcomeRead, "v2"> = {
  ...SIGNED,
  ...ONCE,
  readOnly: false,
  decide(request, rows, context) {
    const { id, action } = request.body;
    const reply = { dialect: "v2", id, action, result: "ok", answer: {} } as const;
    return once(request, rows, context, {
      repeated: () => ({ reply, changes: [] }),
      first: (user) => ({
        reply,
        changes: [
          { kind: "endRoute", user: user.id, keyVersion: user.keyVersion },
          remember(user, request.body, CODES.done, context),
        ],
      }),
    });
  },
};
