/** What all signed actions have in common: the user who signs, the proof, and what is said when it does not hold. */
import { requestText } from "../../protocol/v2/signed-texts.js";
import type { SignedAction, V2Request } from "../../protocol/v2/request.js";
import { userByName } from "../../store/rows.js";
import type { RowKey, User } from "../../store/rows.js";
import type { UserId } from "../../store/identifiers.js";
import type { Decision, DecisionContext, Parsed, Verified } from "../action.js";
import type { FurtherSignature, Proof } from "../proof.js";
import { failed, refuse } from "./refusal.js";

/** The user who signs, by the name in the request. */
export type SignerRead = { readonly user: RowKey<User> };

/** Stands for the user whom nobody has, where the same must be read for them as for any other. */
export const NOBODY = 0 as UserId;

/** To be spread into each signed action. */
export const SIGNED = {
  reads: ({ body }: Parsed<V2Request<SignedAction>, "v2">): SignerRead => ({ user: userByName(body.auth.name) }),

  proof(
    { body }: Pick<Parsed<V2Request<SignedAction>, "v2">, "body">,
    { user }: Signer,
    { directory }: DecisionContext,
  ): Proof {
    const message = requestText(directory, body);
    if (user?.algorithm !== "ed25519" || user.keyVersion !== body.auth.keyVersion)
      return { kind: "hopeless", algorithm: "ed25519", messages: [message] };
    return {
      kind: "signature",
      algorithm: "ed25519",
      key: user.key,
      keyVersion: user.keyVersion,
      message,
      signature: body.auth.signature,
    };
  },

  account: ({ user }: Signer): UserId | undefined => user?.id,
  unproven: ({ body }: Parsed<V2Request, "v2">): Decision => refuse(body, "unauthorized"),
  failed,
};

/** The proof of a signed action in which the same key must have signed more: what others can verify at any time. */
export function alsoSigned(proof: Proof, signatures: readonly Omit<FurtherSignature, "key">[]): Proof {
  switch (proof.kind) {
    case "hopeless":
      return { ...proof, messages: [...proof.messages, ...signatures.map(({ message }) => message)] };
    case "signature":
      return { ...proof, further: signatures.map((signature) => ({ ...signature, key: proof.key })) };
    case "none":
      return proof;
  }
}

/** The row that `SignerRead` finds. */
export interface Signer {
  readonly user: User | undefined;
}

/** Is the time that was signed near enough to ours? */
export function isTimely({ auth }: V2Request<SignedAction>, { now, settings }: DecisionContext): boolean {
  return Math.abs(auth.time * 1000 - now) <= settings.requestWindow;
}

/** Decides a request of a user that may simply run again. */
export function eachTime(
  { body: request }: Verified<V2Request<SignedAction>, "v2">,
  { user }: Signer,
  context: DecisionContext,
  decide: (user: User) => Decision,
): Decision {
  if (user === undefined) return refuse(request, "unauthorized");
  return isTimely(request, context) ? decide(user) : refuse(request, "outsideWindow");
}
