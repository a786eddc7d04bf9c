/** Asks for a name. Answered with a nonce, which `registrationResponse` brings back signed with the key to register. */
import { isP256Key } from "../../protocol/v1/keys.js";
import { registrationReply } from "../../protocol/v1/reply.js";
import type { RegistrationResult } from "../../protocol/v1/reply.js";
import type { Bodies } from "../../protocol/v1/request.js";
import { isUsername } from "../../protocol/v1/username.js";
import { foldName } from "../../store/identifiers.js";
import type { Action, Decision, Parsed } from "../action.js";
import { challengeReply, newNonce, sameBytes } from "./nonce.js";
import { registrationRead } from "./reads.js";
import type { RegistrationRead } from "./reads.js";

type Body = Bodies["register"];

export const register: Action<Body, RegistrationRead> = {
  readOnly: false,
  challenge: "registration",
  reads: ({ body }) => registrationRead(body.name),
  proof: () => ({ kind: "none" }),

  decide(request, { user, held, stopped, challenge: pending }, { random, settings }) {
    const { name, key } = request.body;
    if (!isUsername(name)) return refuse(request, "error: invalid username format");
    if (user !== undefined || held !== undefined || settings.reservedNames.has(foldName(name)))
      return refuse(request, "error: username already in use");
    // v1 has no word for it; this one says that it may be tried again.
    if (stopped !== undefined) return refuse(request, "error: database failure");
    if (key === undefined || !isP256Key(key)) return refuse(request, "error: signature verification failed");
    if (pending?.purpose === "registration" && pending.name === name && sameBytes(pending.key, key))
      return { reply: challengeReply(request.dialect, pending), changes: [] };
    const issue = {
      purpose: "registration",
      nonce: newNonce(random),
      lasts: settings.challengeTtl,
      key,
      name,
    } as const;
    return { reply: challengeReply(request.dialect, issue), changes: [], challenge: { issue } };
  },

  unproven: (request) => refuse(request, "error: signature verification failed"),
  failed: ({ dialect }) => registrationReply(dialect, "error: database failure"),
};

function refuse(request: Parsed<Body>, result: RegistrationResult): Decision {
  return { reply: registrationReply(request.dialect, result), changes: [] };
}
