/** Registers a user who has signed the nonce of the pending registration; the user's route is where this came in. */
import { registrationReply } from "../../protocol/v1/reply.js";
import type { RegistrationResult } from "../../protocol/v1/reply.js";
import type { Bodies } from "../../protocol/v1/request.js";
import { foldName } from "../../store/identifiers.js";
import { hourAfter } from "../../util/time.js";
import type { Action, Decision, Loaded, Parsed } from "../action.js";
import { NO_NONCE } from "./p256-proof.js";
import { registrationRead } from "./reads.js";
import type { RegistrationRead } from "./reads.js";

type Body = Bodies["registrationResponse"];

export const registrationResponse: Action<Body, RegistrationRead> = {
  readOnly: false,
  challenge: "registration",
  reads: (_, pending) => (pending === undefined ? {} : registrationRead(pending.name)),

  proof({ body }, { challenge: pending }) {
    if (pending === undefined) return { kind: "hopeless", algorithm: "p256", messages: [NO_NONCE] };
    return {
      kind: "signature",
      algorithm: "p256",
      key: pending.key,
      keyVersion: 0,
      message: Buffer.from(pending.nonce),
      signature: body.signature,
    };
  },

  decide(request, rows, { now, settings }) {
    const { user, held, stopped, challenge: pending } = rows;
    const { signature } = request.body;
    if (pending === undefined || signature === undefined) return unproven(request, rows);
    if (user !== undefined || held !== undefined) return settle(request, "error: username already in use");
    // The nonce stays good, in case that they are resumed in time.
    if (stopped !== undefined)
      return { reply: registrationReply(request.dialect, "error: database failure"), changes: [] };
    return {
      ...settle(request, "success"),
      changes: [
        {
          kind: "insertUser",
          name: pending.name,
          folded: foldName(pending.name),
          algorithm: "p256",
          key: pending.key,
          signature,
          created: hourAfter(now),
          route: request.origin,
          routeExpires: hourAfter(now + settings.routeTtl),
        },
      ],
    };
  },

  unproven,
  failed: ({ dialect }) => registrationReply(dialect, "error: database failure"),
};

function unproven(request: Parsed<Body>, { challenge: pending }: Loaded<RegistrationRead>): Decision {
  if (pending !== undefined) return settle(request, "error: signature verification failed");
  return { reply: registrationReply(request.dialect, "error: no pending registration for sender"), changes: [] };
}

/** Whatever came of it, the nonce has had its use. */
function settle(request: Parsed<Body>, result: RegistrationResult): Decision {
  return { reply: registrationReply(request.dialect, result), changes: [], challenge: { drop: "registration" } };
}
