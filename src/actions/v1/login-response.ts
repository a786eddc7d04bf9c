/** Moves the route of a user who has signed the nonce of the pending login to where this came in. */
import { loginReply } from "../../protocol/v1/reply.js";
import type { LoginResult } from "../../protocol/v1/reply.js";
import type { Bodies } from "../../protocol/v1/request.js";
import { userById } from "../../store/rows.js";
import { hourAfter } from "../../util/time.js";
import type { Action, Decision, Loaded, Parsed } from "../action.js";
import { NO_NONCE, p256Proof } from "./p256-proof.js";
import type { UserRead } from "./reads.js";

type Body = Bodies["loginResponse"];

export const loginResponse: Action<Body, UserRead> = {
  readOnly: false,
  challenge: "login",
  reads: (_, pending) => (pending?.purpose === "login" ? { user: userById(pending.user) } : {}),

  /** The nonce was offered to the holder of one key; it proves nothing once the user has another. */
  proof({ body }, { user, challenge: pending }) {
    if (pending?.purpose !== "login" || user?.keyVersion !== pending.keyVersion)
      return { kind: "hopeless", algorithm: "p256", messages: [NO_NONCE] };
    return p256Proof(user, Buffer.from(pending.nonce), body.signature);
  },

  decide(request, rows, { now, settings }) {
    if (rows.user === undefined) return unproven(request, rows);
    return {
      ...settle(request, "success"),
      changes: [
        {
          kind: "moveRoute",
          user: rows.user.id,
          keyVersion: request.keyVersion,
          route: request.origin,
          expires: hourAfter(now + settings.routeTtl),
        },
      ],
    };
  },

  unproven,
  failed: ({ dialect }) => loginReply(dialect, "error: database failure"),
};

function unproven(request: Parsed<Body>, { challenge: pending }: Loaded<UserRead>): Decision {
  if (pending !== undefined) return settle(request, "error: invalid signature");
  return { reply: loginReply(request.dialect, "error: no pending login for sender"), changes: [] };
}

/** Whatever came of it, the nonce has had its use. */
function settle(request: Parsed<Body>, result: LoginResult): Decision {
  return { reply: loginReply(request.dialect, result), changes: [], challenge: { drop: "login" } };
}
