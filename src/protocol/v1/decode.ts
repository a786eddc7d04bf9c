/**
 * From the bytes of a message to a v1 request. Whatever the bytes are, the outcome is one of three: a request, the reply
 * with which v1 refuses such a request, or silence. Nothing is thrown.
 */
import { compactRequest } from "./compact-requests.js";
import type { Decoded } from "./decoded.js";
import { longRequest } from "./long-requests.js";
import { parseMessage } from "./untrusted-json.js";
import type { JsonLimits } from "./untrusted-json.js";

/** Decodes a message that arrived from a user. */
export function decodeV1Request(message: Uint8Array, limits: JsonLimits): Decoded {
  if (message.length > limits.maxBytes) return { drop: "dropped.oversized" };
  const parsed = parseMessage(message, limits);
  if (parsed === undefined) return { drop: "dropped.malformed" };
  const { fields, text } = parsed;
  return fields["action"] === undefined ? compactRequest(fields, text) : longRequest(fields, limits);
}
