/** Leaves a message for another user, once for each request id. Answered when it is stored; its outcome tells the rest. */
import { encodeMessagePayload } from "../../protocol/v2/payload.js";
import type { V2Request } from "../../protocol/v2/request.js";
import type { Change } from "../../store/changes.js";
import { type Consent, consentOf } from "../../store/contacts.js";
import { userByName } from "../../store/rows.js";
import type { RowKey, User } from "../../store/rows.js";
import { HOUR_MS, hourAfter } from "../../util/time.js";
import type { Action, Decision, DecisionContext, Verified } from "../action.js";
import { allows, isContact } from "../consent.js";
import { refreshRoute } from "../route.js";
import { done } from "./done.js";
import { isTooLarge, keptCopies } from "./history/copy.js";
import { CODES, ONCE, once, outcomeId, requestDigest } from "./outcome.js";
import type { OutcomeRead } from "./outcome.js";
import { refusal, refuse } from "./refusal.js";
import { NOBODY, SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";
import { v1Payload } from "./v1-payload.js";

type Request = V2Request<"send">;
type First = SignerRead & { readonly recipient: RowKey<User> };
type Next = OutcomeRead & { readonly consent: RowKey<Consent> };

/** A message, from whom to whom, and what its recipient thinks of that. */
interface Sending {
  readonly sender: User;
  readonly recipient: User;
  readonly payload: Uint8Array;
  readonly consent: Consent | undefined;
}

export const send: Action<Request, First, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  reads: (request) => ({ ...SIGNED.reads(request), recipient: userByName(request.body.body.recipient) }),

  readsNext: (request, rows, context) => ({
    ...ONCE.readsNext(request, rows, context),
    consent: consentOf(rows.recipient?.id ?? NOBODY, rows.user?.id ?? NOBODY),
  }),

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: () => done(request.body),
      first(sender) {
        const { body, ...envelope } = request.body;
        const { recipient } = rows;
        const { settings } = context;
        if (body.body.length > settings.maxBodyBytes || isTooLarge(body.copy, settings))
          return refuse(request.body, "tooLarge");
        if (recipient === undefined) return refuse(request.body, "notFound");
        const payload =
          recipient.algorithm === "p256"
            ? v1Payload(sender, body.body)
            : encodeMessagePayload({
                sender: sender.name,
                keyVersion: request.keyVersion,
                id: envelope.id,
                body: body.body,
              });
        if (payload === undefined) return refuse(request.body, "recipientV1");
        return store(request, { sender, recipient, payload, consent: rows.consent }, context);
      },
    }),
};

function store(
  verified: Verified<Request, "v2">,
  { sender, recipient, payload, consent }: Sending,
  context: DecisionContext,
): Decision {
  const { body: request } = verified;
  const { mac, now, settings } = context;
  const { hours, receipt, copy } = request.body;
  const ttl = hours === undefined ? settings.messageTtl : Math.min(hours * HOUR_MS, settings.messageTtl);
  const outcome = { id: outcomeId(sender, request, mac), expires: hourAfter(now + ttl + settings.outcomeTtl) };
  const changes: Change[] = [
    { kind: "rememberOutcome", ...outcome, digest: requestDigest(request, mac), code: CODES.stored },
    {
      kind: allows(consent, recipient, sender) ? "storeMessage" : "refuseMessage",
      recipient: recipient.id,
      origin: mac("origin", recipient.id, sender.id),
      payload,
      ...(isContact(consent) && { contact: true }),
      expires: hourAfter(now + ttl),
      outcome,
      ...(receipt && { receipt: { to: sender.id, id: request.id } }),
    },
    // Whatever becomes of the message, so that a copy says nothing of consent.
    ...keptCopies(sender, { id: request.id, conversation: request.body.recipient, copy }, context),
    refreshRoute(sender, verified, context),
  ];
  return { ...done(request, changes), refused: refusal(request, "mailboxFull") };
}
