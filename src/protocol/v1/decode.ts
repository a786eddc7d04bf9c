/**
 * From the bytes of a message to a v1 request. Whatever the bytes are, the outcome is one of three: a request, the reply
 * with which v1 refuses such a request, or silence. Nothing is thrown.
 */
import type { CounterName } from "../../telemetry/counters.js";
import { compactRequest } from "./compact-requests.js";
import { longRequest } from "./long-requests.js";
import type { Reply } from "./reply.js";
import type { V1Action, V1Request } from "./request.js";
import { isObject, nestsWithin } from "./untrusted-json.js";

/** Bounds of what is decoded at all. */
export interface DecodeLimits {
  /** Bytes of a message. */
  readonly maxBytes: number;
  /** Levels of nesting of a message, and of the JSON text that it may carry in turn. */
  readonly maxDepth: number;
}

/** Why a message is met with silence, as it is counted. */
export type DropReason = Extract<CounterName, "dropped.oversized" | "dropped.malformed" | "dropped.unknownAction">;

/** What became of a message. `reply` has the dialect of the request that it refuses. */
export type Decoded =
  | { readonly ok: V1Request; readonly reply?: never; readonly drop?: never }
  | { readonly reply: Reply; readonly action: V1Action; readonly ok?: never; readonly drop?: never }
  | { readonly drop: DropReason; readonly ok?: never; readonly reply?: never };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes a message that arrived from a user. */
export function decodeV1Request(message: Uint8Array, limits: DecodeLimits): Decoded {
  if (message.length > limits.maxBytes) return { drop: "dropped.oversized" };
  let text: string;
  let fields: unknown;
  try {
    text = utf8.decode(message);
    fields = JSON.parse(text);
  } catch {
    return { drop: "dropped.malformed" };
  }
  if (!isObject(fields) || !nestsWithin(fields, limits.maxDepth)) return { drop: "dropped.malformed" };
  if (fields["action"] !== undefined) return longRequest(fields, limits);
  return compactRequest(fields, text);
}
