/**
 * The stored form of what waits in a mailbox: one byte for the kind, then what the kind has. 0 and 1 are the messages of
 * v1 users (`v1/incoming.ts`), 2 those of v2 users, 3 receipts,
 * 5 notices of few prekeys.
 */
import { decodePayload } from "../v1/incoming.js";
import { ID_BYTES } from "./bodies.js";
import { FINAL_STATES } from "./items.js";
import { userName } from "./names.js";
import type { FinalState, Item } from "./reply.js";
import type { RequestId } from "./request.js";

const MESSAGE = 2;
const RECEIPT = 3;
const RECEIPT_BYTES = 2 + ID_BYTES;
const PREKEY_NOTICE = 5;
const PREKEY_NOTICE_BYTES = 1 + 4;

const STATES = new Map(Object.entries(FINAL_STATES).map(([state, number]) => [number, state as FinalState]));
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message of a v2 user: id, length of the sender's name in one byte, name, body. */
export function encodeMessagePayload({ id, sender, body }: MessagePayload): Uint8Array {
  const name = encoder.encode(sender);
  const payload = new Uint8Array(2 + ID_BYTES + name.length + body.length);
  payload[0] = MESSAGE;
  payload.set(id, 1);
  payload[1 + ID_BYTES] = name.length;
  payload.set(name, 2 + ID_BYTES);
  payload.set(body, 2 + ID_BYTES + name.length);
  return payload;
}

/** What is kept of a `send`. */
export interface MessagePayload {
  /** The request id. */
  readonly id: RequestId;
  /** The name as its owner registered it. */
  readonly sender: string;
  readonly body: Uint8Array;
}

/** A receipt: id, state in one byte. */
export function encodeReceiptPayload({
  id,
  state,
}: {
  readonly id: Uint8Array;
  readonly state: FinalState;
}): Uint8Array {
  const payload = new Uint8Array(RECEIPT_BYTES);
  payload[0] = RECEIPT;
  payload.set(id, 1);
  payload[RECEIPT_BYTES - 1] = FINAL_STATES[state];
  return payload;
}

/** A notice of few prekeys: how many are left, in four bytes. */
export function encodePrekeyNoticePayload(count: number): Uint8Array {
  const payload = new Uint8Array(PREKEY_NOTICE_BYTES);
  payload[0] = PREKEY_NOTICE;
  new DataView(payload.buffer).setUint32(1, count);
  return payload;
}

/** The item of that sequence, from its stored form; `undefined` when this version does not know its kind. */
export function decodeItem(sequence: number, payload: Uint8Array): Item | undefined {
  const id = payload.subarray(1, 1 + ID_BYTES) as RequestId;
  switch (payload[0]) {
    case MESSAGE:
      return messageOf(sequence, id, payload);
    case RECEIPT:
      return receiptOf(sequence, id, payload);
    case PREKEY_NOTICE:
      return prekeyNoticeOf(sequence, payload);
    default: {
      const message = decodePayload(payload);
      return message && { sequence, kind: "v1", ...message };
    }
  }
}

function messageOf(sequence: number, id: RequestId, payload: Uint8Array): Item | undefined {
  const start = 2 + ID_BYTES;
  const end = start + (payload[start - 1] ?? 0);
  if (end > payload.length) return undefined;
  const sender = userName(decoder.decode(payload.subarray(start, end)));
  return sender && { sequence, kind: "message", sender, id, body: payload.subarray(end) };
}

function receiptOf(sequence: number, id: RequestId, payload: Uint8Array): Item | undefined {
  const state = payload.length === RECEIPT_BYTES ? STATES.get(payload[RECEIPT_BYTES - 1] ?? 0) : undefined;
  return state && { sequence, kind: "receipt", id, state };
}

function prekeyNoticeOf(sequence: number, payload: Uint8Array): Item | undefined {
  if (payload.length !== PREKEY_NOTICE_BYTES) return undefined;
  const count = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(1);
  return { sequence, kind: "prekeys", count };
}
