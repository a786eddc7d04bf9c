/**
 * The stored form of what waits in a mailbox: one byte for the kind, then what the kind has. 0 and 1 are the messages of
 * v1 users (`v1/incoming.ts`), 2 those of v2 users, 3 receipts, 4 contact events (`contact-payload.ts`),
 * 5 notices of few prekeys, 6 messages to groups, 7 changes of groups.
 */
import { decodePayload, senderOf } from "../v1/incoming.js";
import { ID_BYTES } from "./bodies.js";
import { CONTACT_PAYLOAD, decodeContactItem } from "./contact-payload.js";
import { GROUP_BYTES, type GroupId } from "./groups.js";
import { FINAL_STATES } from "./items.js";
import { userName } from "./names.js";
import type { FinalState, Item } from "./reply.js";
import type { RequestId } from "./terms.js";

const MESSAGE = 2;
const RECEIPT = 3;
const GROUP_MESSAGE = 6;
const GROUP_EVENT = 7;
const NUMBER_BYTES = 8;
const RECEIPT_BYTES = 2 + ID_BYTES;
const PREKEY_NOTICE = 5;
const PREKEY_NOTICE_BYTES = 1 + 4;

/** The first bytes of messages: of v1 users (long and compact), of v2 users, to groups. */
export const MESSAGE_KINDS: readonly number[] = [0, 1, MESSAGE, GROUP_MESSAGE];

const STATES = new Map(Object.entries(FINAL_STATES).map(([state, number]) => [number, state as FinalState]));
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message of a v2 user: id, the sender's key version as a number, length of the sender's name in one byte, name, body. */
export function encodeMessagePayload({ id, sender, keyVersion, body }: MessagePayload): Uint8Array {
  const name = encoder.encode(sender);
  return Uint8Array.from(
    Buffer.concat([Buffer.of(MESSAGE), id, number(keyVersion), Buffer.of(name.length), name, body]),
  );
}

/** What is kept of a `send`. */
export interface MessagePayload {
  /** The request id. */
  readonly id: RequestId;
  /** The name as its owner registered it. */
  readonly sender: string;
  /** Of the key that signed it. */
  readonly keyVersion: number;
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

/** A message to a group: id, group, the sender's key version and the epoch plus one (or 0) as numbers, length of the name, name, body. */
export function encodeGroupMessagePayload(message: GroupMessagePayload): Uint8Array {
  const { group, sender, keyVersion, id, body, epoch } = message;
  const name = encoder.encode(sender);
  return Buffer.concat([
    Buffer.of(GROUP_MESSAGE),
    ...[id, group, number(keyVersion), number(epoch === undefined ? 0 : epoch + 1)],
    ...[Buffer.of(name.length), name, body],
  ]);
}

/** What is kept of a `groupSend`. */
export type GroupMessagePayload = Omit<Extract<Item, { readonly kind: "groupMessage" }>, "sequence" | "kind">;

/** That a group has changed: group, its sequence as a number. */
export function encodeGroupEventPayload({ group, groupSequence }: GroupEventPayload): Uint8Array {
  return Buffer.concat([Buffer.of(GROUP_EVENT), group, number(groupSequence)]);
}

/** Which group has changed, and the sequence that the change made. */
export interface GroupEventPayload {
  readonly group: Uint8Array;
  readonly groupSequence: number;
}

function number(value: number): Uint8Array {
  const written = Buffer.alloc(NUMBER_BYTES);
  written.writeBigUInt64BE(BigInt(value));
  return written;
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
    case GROUP_MESSAGE:
      return groupMessageOf(sequence, id, payload);
    case GROUP_EVENT:
      return groupEventOf(sequence, payload);
    case CONTACT_PAYLOAD:
      return decodeContactItem(sequence, payload);
    default: {
      const message = decodePayload(payload);
      return message && { sequence, kind: "v1", ...message };
    }
  }
}

/** Who sent a message, and to which group, by its stored form or the beginning of it; `undefined` when it is none. */
export function senderIn(
  head: Uint8Array,
): { readonly sender: string; readonly group: GroupId | undefined } | undefined {
  const item = decodeItem(0, head);
  switch (item?.kind) {
    case "message":
      return { sender: item.sender, group: undefined };
    case "groupMessage":
      return { sender: item.sender, group: item.group };
    case "v1": {
      const sender = userName(senderOf(item.content) ?? "");
      return sender && { sender, group: undefined };
    }
    default:
      return undefined;
  }
}

function messageOf(sequence: number, id: RequestId, payload: Uint8Array): Item | undefined {
  const read = readerOf(payload, 1 + ID_BYTES);
  const keyVersion = read.number();
  const sender = userName(decoder.decode(read.bytes(read.byte())));
  const body = read.rest();
  return sender && body && { sequence, kind: "message", sender, keyVersion, id, body };
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

function groupMessageOf(sequence: number, id: RequestId, payload: Uint8Array): Item | undefined {
  const read = readerOf(payload, 1 + ID_BYTES);
  const group = read.bytes(GROUP_BYTES) as GroupId;
  const keyVersion = read.number();
  const epoch = read.number();
  const sender = userName(decoder.decode(read.bytes(read.byte())));
  const body = read.rest();
  if (sender === undefined || body === undefined) return undefined;
  const message = { group, sender, keyVersion, id, body, epoch: epoch === 0 ? undefined : epoch - 1 };
  return { sequence, kind: "groupMessage", ...message };
}

function groupEventOf(sequence: number, payload: Uint8Array): Item | undefined {
  const read = readerOf(payload, 1);
  const group = read.bytes(GROUP_BYTES) as GroupId;
  const groupSequence = read.number();
  return read.rest()?.length === 0 ? { sequence, kind: "groupEvent", group, groupSequence } : undefined;
}

/** Reads one part after the other; beyond the end there are noughts, and no rest. */
function readerOf(payload: Uint8Array, start: number) {
  let at = start;
  const bytes = (count: number): Uint8Array => payload.subarray(at, (at += count));
  return {
    bytes,
    byte: (): number => bytes(1)[0] ?? 0,
    number: (): number => bytes(NUMBER_BYTES).reduce((sum, byte) => sum * 256 + byte, 0),
    rest: (): Uint8Array | undefined => (at <= payload.length ? payload.subarray(at) : undefined),
  };
}
