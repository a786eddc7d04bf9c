/**
 * From the bytes of a message to a v1 request. Whatever the bytes are, the outcome is one of three: a request, the reply
 * with which v1 refuses such a request, or silence. Nothing is thrown.
 */
import { compactRequest } from "./compact-requests.js";
import { longRequest } from "./long-requests.js";
import type { Reply } from "./reply.js";
import type { V1Action, V1Request } from "./request.js";
import type { UnsupportedAction, UnsupportedReply } from "./unsupported.js";
import { parseMessage } from "./untrusted-json.js";
import type { JsonLimits } from "./untrusted-json.js";

/** Why a message is met with silence, as it is counted. */
export type DropReason = "dropped.oversized" | "dropped.malformed" | "dropped.unknownAction";

/** What became of a message. `reply` has the dialect of the request that it refuses. */
export type Decoded =
  | { readonly ok: V1Request; readonly reply?: never; readonly drop?: never }
  | { readonly reply: Reply; readonly action: V1Action; readonly ok?: never; readonly drop?: never }
  | { readonly reply: UnsupportedReply; readonly action: UnsupportedAction; readonly ok?: never; readonly drop?: never }
  | { readonly drop: DropReason; readonly ok?: never; readonly reply?: never };

/** Decodes a message that arrived from a user. */
export function decodeV1Request(message: Uint8Array, limits: JsonLimits): Decoded {
  if (message.length > limits.maxBytes) return { drop: "dropped.oversized" };
  const parsed = parseMessage(message, limits);
  if (parsed === undefined) return { drop: "dropped.malformed" };
  const { fields, text } = parsed;
  return fields["action"] === undefined ? compactRequest(fields, text) : longRequest(fields, limits);
}
