/**
 * Gives prekeys of a user to another: the signed one, and a one-time prekey, once for each request id and to nobody else.
 * When there is none, when its owner's budget for the hour is spent, and when it is somebody from whom its owner does not
 * want to hear, the prekey of last resort is given instead, in all these cases alike.
 */
import { PREKEY_CHOICE } from "../../../protocol/v2/prekeys.js";
import type { Answers, V2Reply } from "../../../protocol/v2/reply.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import type { Change } from "../../../store/changes.js";
import { type Consent, consentOf } from "../../../store/contacts.js";
import { type PrekeyRow, prekeysOf, type PrekeysRow, takenPrekeyOf } from "../../../store/prekeys.js";
import { userByName } from "../../../store/rows.js";
import type { RowKey, User } from "../../../store/rows.js";
import { type Hour, hourAfter } from "../../../util/time.js";
import type { Action, Decision, DecisionContext, Verified } from "../../action.js";
import { allows, isContact } from "../../consent.js";
import { refreshRoute } from "../../route.js";
import { stated } from "../lookup.js";
import { CODES, ONCE, once, outcomeExpiry, outcomeId, remember } from "../outcome.js";
import type { OutcomeRead } from "../outcome.js";
import { refusal, refuse } from "../refusal.js";
import { NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";

type Request = V2Request<"take">;
type First = SignerRead & { readonly owner: RowKey<User> };
type Next = OutcomeRead & {
  readonly prekeys: RowKey<PrekeysRow>;
  readonly taken: RowKey<PrekeyRow>;
  readonly consent: RowKey<Consent>;
};
interface Found {
  readonly owner: User | undefined;
  readonly prekeys: PrekeysRow | undefined;
  readonly consent: Consent | undefined;
}
interface Supplied {
  readonly owner: User;
  readonly prekeys: PrekeysRow;
  /** What the owner thinks of who takes. */
  readonly consent: Consent | undefined;
}

const STRANGERS_SHARE = 1 / 2;

export const take: Action<Request, First, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  reads: (request) => ({ ...SIGNED.reads(request), owner: userByName(request.body.body.name) }),

  readsNext: (request, rows, context) => ({
    ...ONCE.readsNext(request, rows, context),
    prekeys: prekeysOf(rows.owner?.id ?? NOBODY, PREKEY_CHOICE),
    taken: takenPrekeyOf(outcomeId(rows.user, request.body, context.mac)),
    consent: consentOf(rows.owner?.id ?? NOBODY, rows.user?.id ?? NOBODY),
  }),

  decide: (request, rows, context) =>
    once(request, rows, context, {
      // Whatever has been published since: a one-time prekey goes with any of its owner's signed ones.
      repeated: () =>
        supplied(request, rows, (found) => ({ reply: given(request.body, found, rows.taken), changes: [] })),
      first: (taker) => supplied(request, rows, (found) => giveTo(taker, request, found, context)),
    }),
};

/** Decides on what there is to give, if there is anything. */
function supplied(
  { body: request }: Verified<Request, "v2">,
  { owner, prekeys, consent }: Found,
  decide: (found: Supplied) => Decision,
): Decision {
  if (owner === undefined) return refuse(request, "notFound");
  return prekeys === undefined ? refuse(request, "notApplicable") : decide({ owner, prekeys, consent });
}

function giveTo(
  taker: User,
  verified: Verified<Request, "v2">,
  { owner, prekeys, consent }: Supplied,
  context: DecisionContext,
): Decision {
  const { body: request } = verified;
  const { perHour, low } = context.settings.prekeys;
  const most = { all: perHour, strangers: Math.floor(perHour * STRANGERS_SHARE) };
  const hour = hourAfter(context.now);
  const stranger = !isContact(consent);
  const mayTake = allows(consent, owner, taker) && isWithin(most, prekeys, hour, stranger);
  // At random, so that of those who take at once few want the same.
  const [random = 0] = context.random(1);
  const oneTime = mayTake ? prekeys.oneTime[random % prekeys.oneTime.length] : undefined;
  const reply = given(request, { owner, prekeys }, oneTime);
  if (reply.result !== "ok") return { reply, changes: [] };
  const always: readonly Change[] = [
    remember(taker, request, CODES.done, context),
    // Holds only while the key that signed is in force: nobody takes with one that was replaced meanwhile.
    refreshRoute(taker, verified, context),
  ];
  if (oneTime === undefined) return { reply, changes: always };
  const outcome = { id: outcomeId(taker, request, context.mac), expires: outcomeExpiry(context) };
  const { id: user, keyVersion } = owner;
  return {
    reply,
    changes: [...always, { kind: "takePrekey", user, keyVersion, id: oneTime.id, outcome, hour, stranger, most, low }],
  };
}

/** Does the owner's budget for the hour let another one go? */
function isWithin(
  most: { readonly all: number; readonly strangers: number },
  { taken }: PrekeysRow,
  hour: Hour,
  stranger: boolean,
): boolean {
  if (taken.hour !== hour) return true;
  return taken.all < most.all && (!stranger || taken.strangers < most.strangers);
}

function given(
  request: Request,
  { owner, prekeys }: Omit<Supplied, "consent">,
  oneTime: PrekeyRow | undefined,
): V2Reply {
  const { signed } = prekeys;
  const lastResort = oneTime === undefined ? prekeys.lastResort : undefined;
  if (signed === undefined && oneTime === undefined && lastResort === undefined)
    return refusal(request, "notApplicable");
  const { id, action } = request;
  const answer: Answers["take"] = { user: stated(owner), signed, oneTime, lastResort };
  return { dialect: "v2", id, action, result: "ok", answer };
}
