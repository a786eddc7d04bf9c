/**
 * Gives the name up: the user is erased with everything that hangs on them, and the name is nobody's for a while. The same
 * request again finds no user who could have signed it, so it is known by its signature, which has held once.
 */
import type { V2Request } from "../../protocol/v2/request.js";
import { outcomeOf } from "../../store/rows.js";
import { foldName } from "../../store/identifiers.js";
import type { OutcomeRow, RowKey } from "../../store/rows.js";
import { hourAfter } from "../../util/time.js";
import type { Action, Mac } from "../action.js";
import { done } from "./done.js";
import { CODES, ONCE, once, outcomeExpiry, requestDigest } from "./outcome.js";
import type { OutcomeRead } from "./outcome.js";
import { refuse } from "./refusal.js";
import { SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";

type Request = V2Request<"release">;
type Next = OutcomeRead & { readonly released: RowKey<OutcomeRow> };

export const release: Action<Request, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  readsNext: (request, rows, context) => ({
    ...ONCE.readsNext(request, rows, context),
    released: outcomeOf(releaseId(request.body, context.mac)),
  }),

  decide(request, rows, context) {
    const { body, keyVersion } = request;
    if (rows.released !== undefined) return done(body);
    return once(request, rows, context, {
      // Nothing is remembered under a user who is gone: this id was another request's.
      repeated: () => refuse(body, "idReused"),
      first: (user) =>
        done(body, [
          {
            kind: "releaseUser",
            user: user.id,
            keyVersion,
            folded: foldName(user.name),
            heldUntil: hourAfter(context.now + context.settings.nameHold),
          },
          {
            kind: "rememberOutcome",
            id: releaseId(body, context.mac),
            digest: requestDigest(body, context.mac),
            code: CODES.done,
            expires: outcomeExpiry(context),
          },
        ]),
    });
  },

  unproven: (request, rows) => (rows.released === undefined ? SIGNED.unproven(request) : done(request.body)),
};

function releaseId({ id, auth }: Request, mac: Mac): Uint8Array {
  return mac("outcome", "release", foldName(auth.name), id, auth.signature);
}
