/**
 * Asks another user to be a contact, answers who has asked, ends it, or blocks. Answered when it is done; whether a request
 * came through is not told, and as many rows are read and changed either way.
 */
import { encodeContactPayload } from "../../../protocol/v2/contact-payload.js";
import type { UserName } from "../../../protocol/v2/names.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import type { Change } from "../../../store/changes.js";
import { contactOf, contactSumsOf, NO_CONTACT, policyOf } from "../../../store/contacts.js";
import type { Contact, ContactSums } from "../../../store/contacts.js";
import { type RowKey, type User, userByName } from "../../../store/rows.js";
import type { Policy } from "../../../protocol/v2/contacts.js";
import { hourAfter } from "../../../util/time.js";
import type { Action, Decision, DecisionContext, Verified } from "../../action.js";
import { refreshRoute } from "../../route.js";
import { done } from "../done.js";
import { CODES, ONCE, once, remember } from "../outcome.js";
import type { OutcomeRead } from "../outcome.js";
import { refuse } from "../refusal.js";
import { NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";
import { type Step, stepOf } from "./steps.js";

type Request = V2Request<"contact">;
type First = SignerRead & { readonly other: RowKey<User> };
type Next = OutcomeRead & {
  readonly mine: RowKey<Contact>;
  readonly theirs: RowKey<Contact>;
  readonly myList: RowKey<ContactSums>;
  readonly theirList: RowKey<ContactSums>;
  readonly theirPolicy: RowKey<Policy>;
};
type Found<R> = { readonly [Name in keyof R]: R[Name] extends RowKey<infer Row> ? Row | undefined : never };

const EMPTY: ContactSums = { all: 0, received: 0 };

export const contact: Action<Request, First, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  reads: (request) => ({ ...SIGNED.reads(request), other: userByName(request.body.body.name) }),

  readsNext(request, rows, context) {
    const [me, other] = [rows.user?.id ?? NOBODY, rows.other?.id ?? NOBODY];
    return {
      ...ONCE.readsNext(request, rows, context),
      mine: contactOf(me, other),
      theirs: contactOf(other, me),
      myList: contactSumsOf(me),
      theirList: contactSumsOf(other),
      theirPolicy: policyOf(other),
    };
  },

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: () => done(request.body),
      first: (user) => first(request, user, rows, context),
    }),
};

function first(
  request: Verified<Request, "v2">,
  user: User,
  rows: Found<First & Next>,
  context: DecisionContext,
): Decision {
  const { other, mine = NO_CONTACT, theirs = NO_CONTACT, myList = EMPTY } = rows;
  const { verb } = request.body.body;
  if (other === undefined) return refuse(request.body, "notFound");
  if (other.id === user.id) return refuse(request.body, "notApplicable");
  if (other.algorithm === "p256" && verb === "request") return refuse(request.body, "recipientV1");
  const step = stepOf(verb, { mine, theirs }, isWelcome(rows, context));
  if (step === undefined) return refuse(request.body, "notApplicable");
  const isNew = mine.relation === "none" && !mine.blocked;
  if (isNew && myList.all >= context.settings.contacts.all)
    return { ...refuse(request.body, "limited"), count: "contacts.full" };
  const unwelcome = verb === "request" && step.told === undefined;
  return {
    ...take(request, { user, other, mine, theirs, step }, context),
    ...(unwelcome && { count: "contacts.unwelcome" }),
  };
}

/** Whether the other hears of those who ask, and has room for one more. */
function isWelcome({ theirs, theirList = EMPTY, theirPolicy }: Found<Next>, { settings }: DecisionContext): boolean {
  if (theirPolicy === "nobody" || theirList.received >= settings.contacts.received) return false;
  return theirs !== undefined || theirList.all < settings.contacts.all;
}

/** Both rows, what the other is told, and the route of who asks: five changes, whatever the step. */
function take(
  verified: Verified<Request, "v2">,
  { user, other, mine, theirs, step }: { user: User; other: User; mine: Contact; theirs: Contact; step: Step },
  context: DecisionContext,
): Decision {
  const { body: request, keyVersion } = verified;
  const { now, settings, mac } = context;
  const hour = hourAfter(now);
  const expires = hourAfter(now + settings.contactRequestTtl);
  const common = { kind: "setContact", hour, expires, bounds: settings.contacts } as const;
  const changes: Change[] = [
    remember(user, request, CODES.done, context),
    { ...common, user: user.id, other: other.id, before: mine, after: step.mine },
    { ...common, user: other.id, other: user.id, before: theirs, after: step.theirs },
    {
      kind: "notify",
      user: other.id,
      origin: mac("origin", "contact", other.id, user.id),
      payload: encodeContactPayload({
        name: user.name as UserName,
        verb: step.told ?? "request",
        id: request.id,
        keyVersion,
        note: request.body.note ?? new Uint8Array(),
      }),
      expires: hourAfter(now + Math.min(settings.messageTtl, settings.contactRequestTtl)),
      wanted: step.told !== undefined,
    },
    refreshRoute(user, verified, context),
  ];
  return done(request, changes);
}
