/** Says who may write from now on: everyone, contacts, or nobody. */
import type { V2Request } from "../../../protocol/v2/request.js";
import type { Action } from "../../action.js";
import { done } from "../done.js";
import { CODES, ONCE, once, remember } from "../outcome.js";
import type { OutcomeRead } from "../outcome.js";
import { SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";

export const policy: Action<V2Request<"policy">, SignerRead, OutcomeRead, "v2"> = {
  ...SIGNED,
  ...ONCE,
  readOnly: false,
  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: () => done(request.body),
      first: (user) =>
        done(request.body, [
          { kind: "setPolicy", user: user.id, keyVersion: user.keyVersion, policy: request.body.body.policy },
          remember(user, request.body, CODES.done, context),
        ]),
    }),
};
