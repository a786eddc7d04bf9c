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
  /** Changes nothing, and leaves a known number of SURBs: it may run beside others of that kind. */
  readonly parallel: boolean;
  /** SURBs that it is believed to have brought. */
  readonly surbs: number;
  /** Of a v2 request. */
  readonly id?: RequestId;
  /** What is to be done, or the reply if nothing is. */
  readonly work:
    | {
        readonly action: AnyAction;
        readonly dialect: Dialect;
        readonly body: unknown;
        /** Its reply may have as many packets as SURBs cover. */
        readonly paged: boolean;
        readonly refusal?: undefined;
      }
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

/** Decodes a message that came with a tag. */
export function decode(message: Buffer, { maxRequestBytes }: DecodeOptions): Incoming | Drop {
  return isV2(message) ? decodeV2(message, maxRequestBytes) : decodeV1(message, maxRequestBytes);
}

function decodeV1(message: Buffer, maxBytes: number): Incoming | Drop {
  const decoded = decodeV1Request(message, { maxBytes, maxDepth: MAX_DEPTH });
  if (decoded.drop !== undefined) return decoded;
  if (decoded.ok === undefined)
    return { kind: decoded.action, parallel: true, surbs: V1_SURBS, work: { refusal: decoded.reply } };
  const { action: kind, dialect, body } = decoded.ok;
  // Here, and below, the type of a request and the table of actions meet.
  const action = V1_ACTIONS[kind];
  return { kind, parallel: action.readOnly, surbs: V1_SURBS, work: { action, dialect, body, paged: false } };
}

function decodeV2(message: Buffer, maxBytes: number): Incoming | Drop {
  const decoded = decodeRequest(message, { maxBytes });
  if (decoded.drop !== undefined) return decoded;
  if (decoded.ok === undefined) {
    const { reply } = decoded;
    return { kind: `v2.${reply.action ?? "unknown"}`, parallel: true, surbs: 1, work: { refusal: reply } };
  }
  const request = decoded.ok;
  const action = V2_ACTIONS[request.action] as AnyAction;
  const paged = "packets" in request.body;
  return {
    kind: `v2.${request.action}`,
    parallel: action.readOnly && !paged,
    surbs: request.surbs,
    id: request.id,
    work: { action, dialect: "v2", body: request, paged },
  };
}
