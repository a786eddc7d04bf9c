/** Brings a challenge back, signed: the user exists from now on, or is reached where this came from. */
import type { V2Request } from "../../protocol/v2/request.js";
import type { RowKey, User } from "../../store/rows.js";
import { registrationsStopped } from "../../store/operators.js";
import { heldName, userByName } from "../../store/rows.js";
import type { Action } from "../action.js";
import { ONCE } from "./outcome.js";
import type { OutcomeRead } from "./outcome.js";
import { loginOf } from "./prove-login.js";
import { registrationOf, registrationOutcome, registrationProof } from "./prove-registration.js";
import { SIGNED } from "./signed.js";

/** `user` signs; `taken` has the name that somebody wants to register. As many rows for one as for the other. */
type First = {
  readonly user?: RowKey<User>;
  readonly taken?: RowKey<User>;
  readonly held: RowKey<true>;
  readonly stopped: RowKey<true>;
};

export const prove: Action<V2Request<"prove">, First, OutcomeRead, "v2"> = {
  ...SIGNED,
  readOnly: false,

  reads({ body: { auth, body } }) {
    const found = userByName(auth.name);
    const asked = body.purpose === "login" ? { user: found } : { taken: found };
    return { ...asked, held: heldName(auth.name), stopped: registrationsStopped() };
  },

  readsNext: (request, rows, context) =>
    request.body.body.purpose === "login"
      ? ONCE.readsNext(request, rows, context)
      : registrationOutcome(request.body, context),

  proof(request, rows, context) {
    const { body } = request.body;
    return body.purpose === "login"
      ? SIGNED.proof(request, rows, context)
      : registrationProof(request.body, body, context);
  },

  decide(request, rows, context) {
    const { body } = request.body;
    return body.purpose === "login"
      ? loginOf(request, body, rows, context)
      : registrationOf(request, body, rows, context);
  },
};
