/** A log-in: the user's route is where the signed challenge came from. */
import type { Bodies, V2Request } from "../../protocol/v2/request.js";
import type { OutcomeRow } from "../../store/rows.js";
import { hourAfter } from "../../util/time.js";
import type { Decision, DecisionContext, Verified } from "../action.js";
import { isChallengeFor } from "./challenge.js";
import { loginKey } from "./login.js";
import { CODES, once, remember } from "./outcome.js";
import { refuse } from "./refusal.js";
import type { Signer } from "./signed.js";

type Body = Extract<Bodies["prove"], { readonly purpose: "login" }>;
type Rows = Signer & { readonly outcome: OutcomeRow | undefined };

/** The decision on a log-in. */
export function loginOf(
  request: Verified<V2Request<"prove">, "v2">,
  { challenge }: Body,
  rows: Rows,
  context: DecisionContext,
): Decision {
  const { body, origin, keyVersion } = request;
  const { id, action, auth } = body;
  const reply = { dialect: "v2", id, action, result: "ok", answer: { keyVersion } } as const;
  return once(request, rows, context, {
    repeated: (code) => ({ reply: { ...reply, answer: { keyVersion: code - CODES.keyVersion } }, changes: [] }),
    first(user) {
      const use = { purpose: "login", name: auth.name, key: loginKey(user), origin } as const;
      if (!isChallengeFor(use, challenge, context)) return refuse(body, "challengeInvalid");
      const expires = hourAfter(context.now + context.settings.routeTtl);
      return {
        reply,
        changes: [
          { kind: "moveRoute", user: user.id, keyVersion, route: origin, expires },
          remember(user, body, CODES.keyVersion + keyVersion, context),
        ],
      };
    },
  });
}
