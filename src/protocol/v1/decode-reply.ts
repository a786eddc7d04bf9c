/** From the bytes of a message to a v1 reply, on the side of the client. Nothing is thrown, whatever the bytes are. */
import { compactReply } from "./compact-replies.js";
import { longReply } from "./long-replies.js";
import type { Reply } from "./reply.js";
import { parseMessage } from "./untrusted-json.js";
import type { JsonLimits } from "./untrusted-json.js";

/** A reply, and in the long form what its author signed and the signature, as it came: unchecked. */
export interface DecodedReply {
  readonly reply: Reply;
  readonly signed: { readonly content: string; readonly signature: string } | undefined;
}

/** The reply in a message; `undefined` when it is none that v1 has. */
export function decodeReply(message: Uint8Array, limits: JsonLimits): DecodedReply | undefined {
  const parsed = parseMessage(message, limits);
  if (parsed === undefined) return undefined;
  const { fields, text } = parsed;
  const { action, content, signature } = fields;
  const reply = action === undefined ? compactReply(fields, text) : longReply(fields);
  if (reply === undefined) return undefined;
  const signed = typeof content === "string" && typeof signature === "string" ? { content, signature } : undefined;
  return { reply, signed: reply.dialect === "long" ? signed : undefined };
}
