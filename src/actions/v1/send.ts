/**
 * Leaves a message for another user. It is known again by a digest of what was signed, so the same bytes are stored once,
 * whoever submits them; and it moves no route, since a direct message is as validly signed when its recipient submits it.
 */
import { createHash } from "node:crypto";
import { encodePayload, incomingContent } from "../../protocol/v1/incoming.js";
import { sendReply } from "../../protocol/v1/reply.js";
import type { SendResult } from "../../protocol/v1/reply.js";
import type { Bodies } from "../../protocol/v1/request.js";
import { type Consent, consentOf } from "../../store/contacts.js";
import { replayOf } from "../../store/rows.js";
import type { RowKey, User } from "../../store/rows.js";
import type { UserId } from "../../store/identifiers.js";
import { hourAfter } from "../../util/time.js";
import type { Action, Decision, Mac, Parsed } from "../action.js";
import { allows } from "../consent.js";
import { refreshRoute } from "../route.js";
import { p256Proof } from "./p256-proof.js";
import { userRead } from "./reads.js";

type Body = Bodies["send"];
type Users = { readonly sender?: RowKey<User>; readonly recipient?: RowKey<User> };
type Replay = { readonly replay: RowKey<true>; readonly consent: RowKey<Consent> };

/** Stands for a text that has no UTF-8 form. */
const NOTHING = new Uint8Array();

/** Stands for the user whom nobody has, so that as much is read for them. */
const NOBODY = 0 as UserId;

export const send: Action<Body, Users, Replay> = {
  readOnly: false,
  reads({ body }) {
    const { user: sender } = userRead(body.sender);
    const { user: recipient } = userRead(body.recipient);
    return { ...(sender && { sender }), ...(recipient && { recipient }) };
  },
  readsNext: ({ body }, rows, { mac }) => ({
    replay: replayOf(digestOf(body, rows.sender, mac)),
    consent: consentOf(rows.recipient?.id ?? NOBODY, rows.sender?.id ?? NOBODY),
  }),

  proof({ body }, rows) {
    const sender = senderOf(body, rows.sender);
    const { signed = NOTHING, signature } = body;
    if (sender === undefined || signed === NOTHING) return { kind: "hopeless", algorithm: "p256", messages: [signed] };
    return p256Proof(sender, signed, signature);
  },

  account: (rows) => rows.sender?.id,

  decide(request, rows, context) {
    const { now, settings, mac } = context;
    const { body, dialect } = request;
    const { recipient, replay, consent } = rows;
    const sender = senderOf(body, rows.sender);
    if (sender === undefined) return answer(request, "error: unrecognized sender username");
    if (replay === true) return answer(request, "success");
    if (recipient === undefined) return answer(request, "error: recipient not found");
    return {
      reply: sendReply(dialect, "success"),
      refused: sendReply(dialect, "error: database failure"),
      changes: [
        {
          kind: "rememberReplay",
          digest: digestOf(body, sender, mac),
          expires: hourAfter(now + settings.replayTtl),
        },
        {
          kind: allows(consent, recipient, sender) ? "storeMessage" : "refuseMessage",
          recipient: recipient.id,
          origin: mac("origin", recipient.id, sender.id),
          payload: encodePayload(dialect, incomingContent(body.message, sender)),
          expires: hourAfter(now + settings.messageTtl),
        },
        refreshRoute(sender, request, context),
      ],
    };
  },

  unproven(request, rows) {
    const known = senderOf(request.body, rows.sender) !== undefined;
    return answer(request, known ? "error: invalid signature" : "error: unrecognized sender username");
  },
  failed: ({ dialect }) => sendReply(dialect, "error: database failure"),
};

/** The sender, whose name must be written as it was registered, letter for letter. */
function senderOf(body: Body, found: User | undefined): User | undefined {
  return found?.name === body.sender ? found : undefined;
}

/** By what the message is known again. For a sender that is nobody as costly, and the same as for no other. */
function digestOf({ signed }: Body, sender: User | undefined, mac: Mac): Uint8Array {
  const content = createHash("sha256")
    .update(signed ?? new Uint8Array())
    .digest();
  return mac("replay", sender?.id ?? 0, content);
}

function answer({ dialect }: Parsed<Body>, result: SendResult): Decision {
  return { reply: sendReply(dialect, result), changes: [] };
}
