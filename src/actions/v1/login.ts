/** Asks to be reached here. Answered with a nonce, which `loginResponse` brings back signed with the registered key. */
import { loginReply } from "../../protocol/v1/reply.js";
import type { Bodies } from "../../protocol/v1/request.js";
import type { Action, Decision, Parsed } from "../action.js";
import { challengeReply, newNonce } from "./nonce.js";
import { userRead } from "./reads.js";
import type { UserRead } from "./reads.js";

type Body = Bodies["login"];

export const login: Action<Body, UserRead> = {
  readOnly: false,
  challenge: "login",
  reads: ({ body }) => userRead(body.name),
  proof: () => ({ kind: "none" }),

  decide(request, { user, challenge: pending }, { random, settings }) {
    if (user === undefined) return notFound(request);
    if (pending?.purpose === "login" && pending.user === user.id && pending.keyVersion === user.keyVersion)
      return { reply: challengeReply(request.dialect, pending), changes: [] };
    const issue = {
      purpose: "login",
      nonce: newNonce(random),
      lasts: settings.challengeTtl,
      key: user.key,
      name: request.body.name,
      user: user.id,
      keyVersion: user.keyVersion,
    } as const;
    return { reply: challengeReply(request.dialect, issue), changes: [], challenge: { issue } };
  },

  unproven: notFound,
  failed: ({ dialect }) => loginReply(dialect, "error: database failure"),
};

function notFound({ dialect }: Parsed<Body>): Decision {
  return { reply: loginReply(dialect, "error: user not found"), changes: [] };
}
