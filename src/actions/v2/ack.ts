/** Says what has arrived: it is erased, and who asked for a receipt gets one. Saying it again does nothing more. */
import type { V2Request } from "../../protocol/v2/request.js";
import type { Action } from "../action.js";
import { refreshRoute } from "../route.js";
import { done } from "./done.js";
import { eachTime, SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";

export const ack: Action<V2Request<"ack">, SignerRead, SignerRead, "v2"> = {
  ...SIGNED,
  readOnly: false,

  decide: (request, rows, context) =>
    eachTime(request, rows, context, (user) =>
      done(request.body, [
        { kind: "acknowledge", user: user.id, keyVersion: user.keyVersion, ranges: request.body.body.ranges },
        // It comes from a tag that still answers: if that is the user's route, it is good for longer.
        refreshRoute(user, request, context),
      ]),
    ),
};
