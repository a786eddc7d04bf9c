/** Looks a name up, for anyone: whose it is and with which key, or that it is nobody's. The sealer signs the statement. */
import { ed25519Raw } from "../../protocol/v2/ed25519.js";
import type { StatedUser } from "../../protocol/v2/stated-user.js";
import type { V2Request } from "../../protocol/v2/request.js";
import { userByName } from "../../store/rows.js";
import { foldName } from "../../store/identifiers.js";
import type { User } from "../../store/rows.js";
import { hourOf } from "../../util/time.js";
import type { Action } from "../action.js";
import { failed, refuse } from "./refusal.js";
import type { SignerRead } from "./signed.js";

export const lookup: Action<V2Request<"lookup">, SignerRead, SignerRead, "v2"> = {
  readOnly: true,
  reads: ({ body }) => ({ user: userByName(body.body.name) }),
  proof: () => ({ kind: "none" }),
  decide: ({ body: { id, action, body } }, { user }, { now }) => ({
    reply: {
      dialect: "v2",
      id,
      action,
      result: "ok",
      answer: { name: foldName(body.name), hour: hourOf(now), user: user && stated(user) },
    },
    changes: [],
  }),
  unproven: ({ body }) => refuse(body, "unauthorized"),
  failed,
};

/** A user as others are told of them. */
export function stated({ name, algorithm, key, keyVersion }: User): StatedUser {
  return { name, algorithm, key: ed25519Raw(key) ?? key, keyVersion };
}
