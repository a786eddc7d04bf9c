/**
 * What a recipient gets of a message that was sent to it, and the form in which that waits for it in the store. The
 * end-to-end body keeps the text that its sender wrote, to the byte: the recipient checks a signature over it.
 */
import { pemOf } from "./keys.js";
import { pythonJson } from "./python-json.js";
import type { Dialect } from "./reply.js";

/** The parts of a `send` that its recipient gets, each the exact source text of a JSON value. */
export type ForwardedMessage =
  | { readonly dialect: "long"; readonly body: string; readonly senderPublicKey: string | undefined }
  /**
   * Nothing signed covers a `pk`, so the sender's registered key stands in for what the request wrote there: otherwise
   * whoever holds a signed `e` could introduce its author to others under a key of their own.
   */
  | { readonly dialect: "compact"; readonly e: string; readonly s: string; readonly attachKey: boolean };

/** The content of the recipient's `incomingMessage`, in the dialect of the message. `sender.key` is DER. */
export function incomingContent(
  message: ForwardedMessage,
  sender: { readonly name: string; readonly key: Uint8Array },
): string {
  const name = pythonJson(sender.name);
  if (message.dialect === "compact") {
    const key = message.attachKey ? `,"pk":${pythonJson(pemOf(sender.key))}` : "";
    return `{"f":${name},"e":${message.e},"s":${message.s}${key}}`;
  }
  const key = message.senderPublicKey === undefined ? "" : `, "senderPublicKey": ${message.senderPublicKey}`;
  return `{"sender": ${name}, "body": ${message.body}${key}}`;
}

/** The sender whom the content names, or the beginning of it. */
export function senderOf(content: string): string | undefined {
  return /^\{"(?:sender": |f":)"([A-Za-z0-9_-]+)"/.exec(content)?.[1];
}

const KINDS = ["long", "compact"] as const satisfies readonly Dialect[];

/** The stored form: one byte for the dialect (0 long, 1 compact), then the content in UTF-8. */
export function encodePayload(dialect: Dialect, content: string): Buffer {
  const payload = Buffer.allocUnsafe(1 + Buffer.byteLength(content));
  payload[0] = KINDS.indexOf(dialect);
  payload.write(content, 1);
  return payload;
}

/** The message in a stored payload; `undefined` when it is of a kind that this version does not know. */
export function decodePayload(
  payload: Uint8Array,
): { readonly dialect: Dialect; readonly content: string } | undefined {
  const dialect = KINDS[payload[0] ?? KINDS.length];
  if (dialect === undefined) return undefined;
  return { dialect, content: new TextDecoder("utf-8", { ignoreBOM: true }).decode(payload.subarray(1)) };
}
