/**
 * Decode: from the bytes of a message to a request of either protocol, told apart by the first byte; to the reply that
 * refuses it; or to silence. Whatever the bytes are, nothing is thrown.
 */
import type { Action, Dialect, Reply } from "../actions/action.js";
import { V1_ACTIONS } from "../actions/v1/actions.js";
import { V2_ACTIONS } from "../actions/v2/actions.js";
import { decodeV1Request } from "../protocol/v1/decode.js";
import type { V1Action } from "../protocol/v1/request.js";
import type { UnsupportedAction } from "../protocol/v1/unsupported.js";
import { decodeRequest, isV2 } from "../protocol/v2/request-codec.js";
import type { V2Action } from "../protocol/v2/request.js";
import type { RequestId } from "../protocol/v2/terms.js";
import type { Reads } from "../store/rows.js";
import type { CounterName } from "../telemetry/counters.js";

/** What a request asks for, as it is counted and charged. */
export type RequestKind = V1Action | UnsupportedAction | `v2.${V2Action | "unknown"}`;

/** An action, whatever it reads and decides on. */
export type AnyAction = Action<unknown, Reads, Reads, Dialect>;

/** A message that is to be answered. */
export interface Incoming {
  readonly kind: RequestKind;
  /** Changes nothing. */
  readonly readOnly: boolean;
  /** SURBs that it is believed to have brought. */
  readonly surbs: number;
  /** Of a v2 request. */
  readonly id?: RequestId;
  /** What is to be done, or the reply if nothing is. */
  readonly work:
    | { readonly action: AnyAction; readonly dialect: Dialect; readonly body: unknown; readonly refusal?: undefined }
    | { readonly refusal: Reply; readonly action?: undefined };
}

/** How a message is counted that is met with silence. */
export type Drop = { readonly drop: Extract<CounterName, `dropped.${string}`> };

/** Largest request in bytes. */
export interface DecodeOptions {
  readonly maxRequestBytes: number;
}

/** Levels of nesting of a v1 request; a shipped client's have five. */
const MAX_DEPTH = 64;
/** SURBs that a v1 request brings: shipped clients attach this many to every message. */
const V1_SURBS = 10;
const READ_ONLY: ReadonlySet<RequestKind> = new Set([
  "query",
  "v2.info",
  "v2.lookup",
  "v2.receipts",
  "v2.status",
  "v2.group",
  "v2.prekeys",
  "v2.history",
  "v2.unread",
]);

/** Decodes a message that came with a tag. */
export function decode(message: Buffer, { maxRequestBytes }: DecodeOptions): Incoming | Drop {
  return isV2(message) ? decodeV2(message, maxRequestBytes) : decodeV1(message, maxRequestBytes);
}

function decodeV1(message: Buffer, maxBytes: number): Incoming | Drop {
  const decoded = decodeV1Request(message, { maxBytes, maxDepth: MAX_DEPTH });
  if (decoded.drop !== undefined) return decoded;
  if (decoded.ok === undefined) {
    const { action: kind, reply } = decoded;
    return { kind, readOnly: READ_ONLY.has(kind), surbs: V1_SURBS, work: { refusal: reply } };
  }
  const { action: kind, dialect, body } = decoded.ok;
  // Here, and below, the type of a request and the table of actions meet.
  const work = { action: V1_ACTIONS[kind], dialect, body };
  return { kind, readOnly: READ_ONLY.has(kind), surbs: V1_SURBS, work };
}

function decodeV2(message: Buffer, maxBytes: number): Incoming | Drop {
  const decoded = decodeRequest(message, { maxBytes });
  if (decoded.drop !== undefined) return decoded;
  if (decoded.ok === undefined) {
    const { reply } = decoded;
    return { kind: `v2.${reply.action ?? "unknown"}`, readOnly: true, surbs: 1, work: { refusal: reply } };
  }
  const request = decoded.ok;
  const kind = `v2.${request.action}` as const;
  const action = V2_ACTIONS[request.action] as AnyAction;
  return {
    kind,
    readOnly: READ_ONLY.has(kind),
    surbs: request.surbs,
    id: request.id,
    work: { action, dialect: "v2", body: request },
  };
}
