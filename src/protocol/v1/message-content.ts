/** The content of a chat message, on the side of the client: what a sender signs, and what a recipient makes of it. */
import { derOfPem, pemOf } from "./keys.js";
import { pythonJson } from "./python-json.js";
import { parseObject, textOf } from "./untrusted-json.js";
import { memberTexts } from "./verbatim.js";

/** A message to be signed. `body` is JSON text; `senderKey` (DER) goes with the first message to a contact. */
export interface OutgoingContent {
  readonly sender: string;
  readonly recipient: string;
  readonly body: string;
  readonly senderKey?: Uint8Array;
}

/** The content of a `send`, or of a message sent directly, as the shipped client writes it. */
export function encodeContent({ sender, recipient, body, senderKey }: OutgoingContent): string {
  const names = `"sender": ${pythonJson(sender)}, "recipient": ${pythonJson(recipient)}`;
  const key = senderKey === undefined ? "" : `, "senderPublicKey": ${pythonJson(pemOf(senderKey))}`;
  return `{${names}, "body": ${body}, "encrypted": true${key}}`;
}

/** A message that came in. Nothing of it is proven before its body has been opened with the key of `sender`. */
export interface IncomingContent {
  readonly sender: string;
  /** JSON text. */
  readonly body: string;
  /** DER; what the message claims to be its sender's key. */
  readonly senderKey: Uint8Array | undefined;
}

/** The message in the content of an `incomingMessage` of the long form; `undefined` when it has no sender or no body. */
export function decodeContent(content: string): IncomingContent | undefined {
  const fields = parseObject(content);
  const sender = textOf(fields["sender"]);
  const pem = textOf(fields["senderPublicKey"]);
  if (sender === undefined || fields["body"] === undefined) return undefined;
  const { body = "null" } = memberTexts(content, ["body"]);
  return { sender, body, senderKey: pem === undefined ? undefined : derOfPem(pem) };
}
