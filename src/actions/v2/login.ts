/**
 * Asks to be reached here. Answered with a challenge, which `prove` brings back, signed with the registered key. Who is
 * nobody gets one too, for a key that nobody has: only a signature tells.
 */
import { ed25519Raw } from "../../protocol/v2/ed25519.js";
import type { V2Request } from "../../protocol/v2/request.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import { userByName } from "../../store/rows.js";
import type { User } from "../../store/rows.js";
import type { Action } from "../action.js";
import { newChallenge } from "./challenge.js";
import { failed, refuse } from "./refusal.js";
import type { SignerRead } from "./signed.js";

const NO_KEY = new Uint8Array(32);

export const login: Action<V2Request<"login">, SignerRead, SignerRead, "v2"> = {
  readOnly: true,
  reads: ({ body }) => ({ user: userByName(body.body.name) }),
  proof: () => ({ kind: "none" }),

  decide({ body: { id, action, body }, origin }, { user }, context) {
    const use = { purpose: "login", name: body.name, key: loginKey(user), origin } as const;
    const answer = { challenge: newChallenge(use, context) };
    return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
  },

  unproven: ({ body }) => refuse(body, "unauthorized"),
  failed,
};

/** The key that a challenge for this user is good for; 32 zeros for nobody, and for a user of v1. */
export function loginKey(user: User | undefined): Ed25519Key {
  return (user && ed25519Raw(user.key)) ?? NO_KEY;
}
