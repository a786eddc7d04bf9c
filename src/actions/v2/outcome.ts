/**
 * Once and no more: what a request with an effect was answered is kept under its user and id, as a digest and a code. The
 * same request again gets the same answer and has no further effect, another one with its id is refused.
 */
import { requestDigestParts } from "../../protocol/v2/request-digest.js";
import type { SignedAction, V2Request } from "../../protocol/v2/request.js";
import type { Change } from "../../store/changes.js";
import { outcomeOf } from "../../store/rows.js";
import type { OutcomeRow, RowKey, User } from "../../store/rows.js";
import { hourAfter } from "../../util/time.js";
import type { Hour } from "../../util/time.js";
import type { Decision, DecisionContext, Mac, Verified } from "../action.js";
import { refuse } from "./refusal.js";
import { isTimely, NOBODY } from "./signed.js";
import type { Signer } from "./signed.js";

/**
 * Codes of outcomes; those of messages that are settled are `SETTLED`. Only a `send` is `stored`. A change of key has
 * the new version added to `keyVersion`, a publication the number of prekeys to `prekeys`.
 */
export const CODES = { done: 0, stored: 100, prekeys: 2 ** 20, keyVersion: 1000 } as const;

/** What became of an earlier request of this user with this id. */
export type OutcomeRead = { readonly outcome: RowKey<OutcomeRow> };

/** To be spread into each action that must take effect only once. */
export const ONCE = {
  readsNext: ({ body }: { readonly body: V2Request }, { user }: Signer, { mac }: DecisionContext): OutcomeRead => ({
    outcome: outcomeOf(outcomeId(user, body, mac)),
  }),
};

/** 16 bytes that name the outcome of a request of this user. */
export function outcomeId(user: User | undefined, { id }: Pick<V2Request, "id">, mac: Mac): Uint8Array {
  return mac("outcome", user?.id ?? NOBODY, id);
}

/** 16 bytes, equal for equal requests, whenever and with whichever version of the key they were signed. */
export function requestDigest(request: V2Request<SignedAction>, mac: Mac): Uint8Array {
  return mac("request", ...requestDigestParts(request));
}

/** Is this the outcome of the same request? */
export function isSame(request: V2Request<SignedAction>, { digest }: OutcomeRow, mac: Mac): boolean {
  return Buffer.from(digest).equals(requestDigest(request, mac));
}

/** When the outcome of a request of now may be forgotten. */
export function outcomeExpiry({ now, settings }: DecisionContext): Hour {
  return hourAfter(now + settings.outcomeTtl);
}

/** Remembers what a request of this user was answered. Conflicts when another with its id was faster. */
export function remember(user: User, request: V2Request<SignedAction>, code: number, context: DecisionContext): Change {
  return {
    kind: "rememberOutcome",
    id: outcomeId(user, request, context.mac),
    digest: requestDigest(request, context.mac),
    code,
    expires: outcomeExpiry(context),
  };
}

/** What is decided on a request that was answered before with that code, and on one that was not. */
interface Branches {
  readonly repeated: (code: number) => Decision;
  readonly first: (user: User) => Decision;
}

/** Decides a request of a user that must take effect only once; with a key of the past it can only be repeated. */
export function once(
  { body: request, keyVersion }: Verified<V2Request<SignedAction>, "v2">,
  { user, outcome }: Signer & { readonly outcome: OutcomeRow | undefined },
  context: DecisionContext,
  { repeated, first }: Branches,
): Decision {
  if (user === undefined) return refuse(request, "unauthorized");
  if (!isTimely(request, context)) return refuse(request, "outsideWindow");
  if (outcome !== undefined && isSame(request, outcome, context.mac)) return repeated(outcome.code);
  if (keyVersion !== user.keyVersion) return refuse(request, "unauthorized");
  if (outcome !== undefined) return refuse(request, "idReused");
  return first(user);
}
