/**
 * What a rotation and a recovery have in common. Both are signed twice: by who may change the key, and by the new key.
 * The user's key and the recovery key are never the same, and the new key is one that the user has never had.
 */
import { ed25519Der } from "../../protocol/v2/ed25519.js";
import type { V2Reply } from "../../protocol/v2/reply.js";
import type { V2Request } from "../../protocol/v2/request.js";
import { possessionText, requestText, successionText } from "../../protocol/v2/signed-texts.js";
import type { User } from "../../store/rows.js";
import { foldName } from "../../store/identifiers.js";
import { hourAfter } from "../../util/time.js";
import type { Decision, DecisionContext, Verified } from "../action.js";
import type { Proof } from "../proof.js";
import { CODES, remember } from "./outcome.js";
import { refuse } from "./refusal.js";

type Request = V2Request<"rotate" | "recover">;

/**
 * Signed with `key` (DER), that is good for `keyVersion`, both the request and what others can verify of the change, and
 * with the new key, for the version after the one named.
 */
export function keyChangeProof(
  request: Request,
  key: Uint8Array | undefined,
  keyVersion: number,
  { directory }: DecisionContext,
): Proof {
  const { auth, body } = request;
  const message = requestText(directory, request);
  const possession = {
    key: ed25519Der(body.key),
    message: possessionText(directory.identity, {
      name: foldName(auth.name),
      keyVersion: auth.keyVersion + 1,
      key: body.key,
    }),
    signature: body.possession,
  };
  const succession = {
    message: successionText(directory.identity, {
      name: auth.name,
      by: request.action === "rotate" ? "rotation" : "recovery",
      version: auth.keyVersion + 1,
      key: body.key,
      recovery: body.recovery,
    }),
    signature: body.succession,
  };
  const newKeys = [body.key, ...(body.recovery === undefined ? [] : [body.recovery])];
  const algorithm = "ed25519";
  if (key === undefined)
    return { kind: "hopeless", algorithm, messages: [message, possession.message, succession.message], newKeys };
  return {
    kind: "signature",
    algorithm,
    key,
    keyVersion,
    message,
    signature: auth.signature,
    further: [possession, { key, ...succession }],
    newKeys,
  };
}

/** How it comes, and what the log says of the new key. */
interface KeyChange {
  readonly by: "rotation" | "recovery";
  /** DER. */
  readonly recoveryKey: Uint8Array | undefined;
  readonly had: true | undefined;
}

/** The change of key, if the keys are fit for it. `recoveryKey` (DER) takes the place of the one before. */
export function changeKey(
  { body: request, keysAcceptable }: Verified<Request, "v2">,
  user: User,
  { by, recoveryKey, had }: KeyChange,
  context: DecisionContext,
): Decision {
  if (!keysAcceptable || had === true || !areDistinct(request, user, recoveryKey ?? user.recoveryKey))
    return refuse(request, "keyInvalid");
  const { body } = request;
  const next = user.keyVersion + 1;
  return {
    reply: changedTo(request, next),
    changes: [
      {
        kind: "changeKey",
        user: user.id,
        keyVersion: user.keyVersion,
        key: ed25519Der(body.key),
        ...(recoveryKey !== undefined && { recoveryKey }),
        by,
        signature: body.succession,
        at: hourAfter(context.now),
      },
      remember(user, request, CODES.keyVersion + next, context),
    ],
  };
}

/** The answer that a change of key was given before. */
export function changedBefore(request: Request, code: number): Decision {
  return { reply: changedTo(request, code - CODES.keyVersion), changes: [] };
}

function changedTo({ id, action }: Request, keyVersion: number): V2Reply {
  return { dialect: "v2", id, action, result: "ok", answer: { keyVersion } };
}

function areDistinct({ body }: Request, user: User, recoveryKey: Uint8Array | undefined): boolean {
  const [old, next] = [Buffer.from(user.key), Buffer.from(ed25519Der(body.key))];
  if (old.equals(next)) return false;
  return recoveryKey === undefined || !(old.equals(recoveryKey) || next.equals(recoveryKey));
}
