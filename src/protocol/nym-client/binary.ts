/**
 * The binary encoding of the nym-client WebSocket API, from our side: requests are encoded, answers decoded. All
 * integers are big endian; connectionId 0 means "none".
 */
import { ADDRESS_BYTES, addressFromBytes, addressToBytes } from "./address.js";
import type { ClientRequest, ClientResponse } from "./frames.js";
import { SENDER_TAG_BYTES, senderTagAt } from "./sender-tag.js";

/** First byte of a request frame. */
export const REQUEST_TAG = {
  send: 0x00,
  sendAnonymous: 0x01,
  reply: 0x02,
  selfAddress: 0x03,
  closedConnection: 0x04,
  laneQueueLength: 0x05,
} as const;

/** First byte of an answer frame. */
export const RESPONSE_TAG = { error: 0x00, received: 0x01, selfAddress: 0x02, laneQueueLength: 0x03 } as const;

const U64 = 8;

/** The binary frame of a request. */
export function encodeRequest(request: ClientRequest): Buffer {
  switch (request.type) {
    case "send": {
      const { frame, offset } = frameFor(REQUEST_TAG.send, ADDRESS_BYTES, request.message);
      frame.set(addressToBytes(request.recipient), offset);
      return withMessage(frame, offset + ADDRESS_BYTES, request.lane, request.message);
    }
    case "sendAnonymous": {
      const { frame, offset } = frameFor(REQUEST_TAG.sendAnonymous, 4 + ADDRESS_BYTES, request.message);
      frame.writeUInt32BE(request.replySurbs, offset);
      frame.set(addressToBytes(request.recipient), offset + 4);
      return withMessage(frame, offset + 4 + ADDRESS_BYTES, request.lane, request.message);
    }
    case "reply": {
      const { frame, offset } = frameFor(REQUEST_TAG.reply, SENDER_TAG_BYTES, request.message);
      frame.write(request.senderTag, offset, "hex");
      return withMessage(frame, offset + SENDER_TAG_BYTES, request.lane, request.message);
    }
    case "selfAddress":
      return Buffer.from([REQUEST_TAG.selfAddress]);
    case "closedConnection":
    case "laneQueueLength": {
      const frame = Buffer.alloc(1 + U64);
      frame[0] = REQUEST_TAG[request.type];
      writeU64(frame, request.lane, 1);
      return frame;
    }
  }
}

/** Decodes an answer frame; `undefined` when it is not one, to the last byte. */
export function decodeResponse(frame: Buffer): ClientResponse | undefined {
  switch (frame[0]) {
    case RESPONSE_TAG.error: {
      const message = messageAt(frame, 2);
      return message && { type: "error", kind: frame[1] ?? 0, message: message.toString("utf8") };
    }
    case RESPONSE_TAG.received: {
      const tagged = frame[1] === 1;
      if (!tagged && frame[1] !== 0) return undefined;
      const message = messageAt(frame, tagged ? 2 + SENDER_TAG_BYTES : 2);
      return message && { type: "received", senderTag: tagged ? senderTagAt(frame, 2) : undefined, message };
    }
    case RESPONSE_TAG.selfAddress:
      if (frame.length !== 1 + ADDRESS_BYTES) return undefined;
      return { type: "selfAddress", address: addressFromBytes(frame.subarray(1)) };
    case RESPONSE_TAG.laneQueueLength:
      if (frame.length !== 1 + 2 * U64) return undefined;
      return { type: "laneQueueLength", lane: readU64(frame, 1), length: readU64(frame, 1 + U64) };
    default:
      return undefined;
  }
}

/** Writes a u64 that is a safe integer. */
export function writeU64(frame: Buffer, value: number, offset: number): void {
  frame.writeUInt32BE(Math.floor(value / 2 ** 32), offset);
  frame.writeUInt32BE(value % 2 ** 32, offset + 4);
}

/** Reads a u64; one above 2^53-1 loses precision, and is no lane or length of ours. */
export function readU64(frame: Buffer, offset: number): number {
  return frame.readUInt32BE(offset) * 2 ** 32 + frame.readUInt32BE(offset + 4);
}

function frameFor(tag: number, head: number, message: Uint8Array): { frame: Buffer; offset: number } {
  const frame = Buffer.allocUnsafe(1 + head + 2 * U64 + message.length);
  frame[0] = tag;
  return { frame, offset: 1 };
}

function withMessage(frame: Buffer, offset: number, lane: number | undefined, message: Uint8Array): Buffer {
  writeU64(frame, lane ?? 0, offset);
  writeU64(frame, message.length, offset + U64);
  frame.set(message, offset + 2 * U64);
  return frame;
}

/** The length-prefixed rest of a frame, which must fill it exactly. */
function messageAt(frame: Buffer, offset: number): Buffer | undefined {
  const start = offset + U64;
  if (frame.length < start || readU64(frame, offset) !== frame.length - start) return undefined;
  return frame.subarray(start);
}
