/** A registration: the user exists from now on, and is reached where the signed challenge came from. */
import { ed25519Der } from "../../protocol/v2/ed25519.js";
import type { Bodies, V2Request } from "../../protocol/v2/request.js";
import { requestText } from "../../protocol/v2/signed-texts.js";
import { outcomeOf } from "../../store/rows.js";
import { foldName } from "../../store/identifiers.js";
import type { OutcomeRow, User } from "../../store/rows.js";
import { hourAfter } from "../../util/time.js";
import type { Decision, DecisionContext, Mac, Verified } from "../action.js";
import type { Proof } from "../proof.js";
import { isChallengeFor } from "./challenge.js";
import { isAvailable } from "./name.js";
import { CODES, isSame, outcomeExpiry, requestDigest } from "./outcome.js";
import type { OutcomeRead } from "./outcome.js";
import { refuse, refuseWhileStopped } from "./refusal.js";
import { isTimely } from "./signed.js";

type Request = V2Request<"prove">;
type Body = Extract<Bodies["prove"], { readonly purpose: "registration" }>;

interface Rows {
  readonly taken: User | undefined;
  readonly held: true | undefined;
  readonly stopped: true | undefined;
  readonly outcome: OutcomeRow | undefined;
}

/** Of a new user's key, there is this one version. */
const FIRST_VERSION = 1;

/** Signed with the key that is to be registered. */
export function registrationProof(request: Request, { key, recovery }: Body, { directory }: DecisionContext): Proof {
  const { auth } = request;
  const message = requestText(directory, request);
  // The key itself was looked at when its challenge was made.
  const newKeys = recovery === undefined ? [] : [recovery];
  const algorithm = "ed25519";
  if (auth.keyVersion !== FIRST_VERSION) return { kind: "hopeless", algorithm, messages: [message], newKeys };
  return {
    ...{ kind: "signature", algorithm, key: ed25519Der(key), keyVersion: FIRST_VERSION },
    ...{ message, signature: auth.signature, newKeys },
  };
}

/** There is no user yet, so the outcome goes by the name. */
export function registrationOutcome(request: Request, { mac }: DecisionContext): OutcomeRead {
  return { outcome: outcomeOf(registrationId(request, mac)) };
}

function registrationId({ id, auth }: Request, mac: Mac): Uint8Array {
  return mac("outcome", "registration", foldName(auth.name), id);
}

/** The decision on a registration. */
export function registrationOf(
  { body: request, origin, keysAcceptable }: Verified<Request, "v2">,
  { challenge, key, recovery }: Body,
  rows: Rows,
  context: DecisionContext,
): Decision {
  const { id, action, auth } = request;
  const reply = { dialect: "v2", id, action, result: "ok", answer: { keyVersion: FIRST_VERSION } } as const;
  if (!isTimely(request, context)) return refuse(request, "outsideWindow");
  if (rows.outcome !== undefined)
    return isSame(request, rows.outcome, context.mac) ? { reply, changes: [] } : refuse(request, "idReused");
  if (!isChallengeFor({ purpose: "registration", name: auth.name, key, origin }, challenge, context))
    return refuse(request, "challengeInvalid");
  if (rows.stopped !== undefined) return refuseWhileStopped(request);
  if (!isAvailable(auth.name, { user: rows.taken, held: rows.held }, context))
    return refuse(request, "nameUnavailable");
  const isSameTwice = recovery !== undefined && Buffer.from(recovery).equals(key);
  if (!keysAcceptable || isSameTwice) return refuse(request, "keyInvalid");
  return {
    reply,
    changes: [
      {
        kind: "insertUser",
        name: auth.name,
        folded: foldName(auth.name),
        algorithm: "ed25519",
        key: ed25519Der(key),
        ...(recovery !== undefined && { recoveryKey: ed25519Der(recovery) }),
        signature: auth.signature,
        created: hourAfter(context.now),
        route: origin,
        routeExpires: hourAfter(context.now + context.settings.routeTtl),
      },
      {
        kind: "rememberOutcome",
        id: registrationId(request, context.mac),
        digest: requestDigest(request, context.mac),
        code: CODES.done,
        expires: outcomeExpiry(context),
      },
    ],
  };
}
