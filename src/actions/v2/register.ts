/** Asks for a name. Answered with a challenge, which `prove` brings back, signed with the key to register. */
import type { V2Request } from "../../protocol/v2/request.js";
import type { Action } from "../action.js";
import { newChallenge } from "./challenge.js";
import { isAvailable, nameReads } from "./name.js";
import type { NameReads } from "./name.js";
import { failed, refuse, refuseWhileStopped } from "./refusal.js";

export const register: Action<V2Request<"register">, NameReads, NameReads, "v2"> = {
  readOnly: true,
  reads: ({ body }) => nameReads(body.body.name),
  proof: ({ body }) => ({ kind: "none", newKeys: [body.body.key] }),

  decide({ body: request, origin, keysAcceptable }, rows, context) {
    const { id, action, body } = request;
    if (rows.stopped !== undefined) return refuseWhileStopped(request);
    if (!isAvailable(body.name, rows, context)) return refuse(request, "nameUnavailable");
    if (!keysAcceptable) return refuse(request, "keyInvalid");
    const challenge = newChallenge({ purpose: "registration", ...body, origin }, context);
    return { reply: { dialect: "v2", id, action, result: "ok", answer: { challenge } }, changes: [] };
  },

  unproven: ({ body }) => refuse(body, "unauthorized"),
  failed,
};
