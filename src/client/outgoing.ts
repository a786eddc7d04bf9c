/** A text on its way out: sealed once, and then submitted as often as it takes. */
import type { NymAddress } from "../protocol/nym-client/address.js";
import { sealBody } from "../protocol/v1/end-to-end.js";
import { encodeRequest } from "../protocol/v1/encode.js";
import { signText } from "../protocol/v1/key-pair.js";
import { encodeContent } from "../protocol/v1/message-content.js";
import type { Reply, SendResult } from "../protocol/v1/reply.js";
import type { Contact } from "./client-store.js";
import { ClientError, type ClientErrorCode } from "./errors.js";
import type { Exchange, Judgement } from "./exchange.js";
import type { Identity } from "./login.js";

/** A message as it travels: encrypted and signed. The directory knows the same bytes again and takes them once. */
export interface SealedMessage {
  /** The recipient's name as registered. */
  readonly recipient: string;
  /** Does it tell the recipient our key? */
  readonly introduces: boolean;
  /** The request, complete. */
  readonly request: Uint8Array;
}

const CODES: Readonly<Record<Exclude<SendResult, "success">, ClientErrorCode>> = {
  "error: missing 'content' or 'signature'": "refused",
  "error: invalid JSON in content": "refused",
  "error: missing 'sender' or 'recipient' field in message content": "refused",
  "error: unrecognized sender username": "notRegistered",
  "error: invalid signature": "badSignature",
  "error: recipient not found": "noSuchUser",
  "error: database failure": "directoryFailure",
};

/** Encrypts `text` for a contact and signs it. A first message brings our own key along. */
export async function seal(text: string, contact: Contact, { name, keys }: Identity): Promise<SealedMessage> {
  const body = await sealBody({ kind: "chat", text }, contact.publicKey, keys);
  const introduces = !contact.introduced;
  const content = { sender: name, recipient: contact.name, body };
  const signed = encodeContent(introduces ? { ...content, senderKey: keys.publicKey } : content);
  const signature = await signText(signed, keys);
  const request = { action: "send", sender: name, recipient: contact.name, signed, signature } as const;
  return { recipient: contact.name, introduces, request: encodeRequest(request, "long") };
}

/** Leaves a sealed message with the directory. Rejects with a `ClientError`; `directoryFailure` may pass. */
export function submit(exchange: Exchange, to: NymAddress, { request }: SealedMessage): Promise<void> {
  return exchange.exclusively(async () => {
    const result = await exchange.ask({
      action: "send",
      to,
      subject: new TextDecoder().decode(request),
      need: "answerAndPushes",
      message: request,
      judge,
    });
    if (result !== "success") throw new ClientError(CODES[result]);
  });
}

function judge(reply: Reply): Judgement<SendResult> | undefined {
  return reply.kind === "sendResponse" ? { answer: reply.result, claim: reply.result } : undefined;
}
