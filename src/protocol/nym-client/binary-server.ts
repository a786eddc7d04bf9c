/**
 * The binary encoding of the nym-client WebSocket API, from the client process's side: requests are decoded, answers
 * encoded. Refusals have the kinds and words of nym-client 1.1.76.
 */
import { ADDRESS_BYTES, addressToBytes } from "./address.js";
import { REQUEST_TAG, RESPONSE_TAG, readU64, writeU64 } from "./binary.js";
import type { ClientRequest, ClientResponse, Lane } from "./frames.js";
import { recipientFromBytes } from "./recipient.js";
import { ERROR_KIND, type Refusal, malformed, refusal } from "./refusal.js";
import { SENDER_TAG_BYTES, senderTagAt } from "./sender-tag.js";

const U64 = 8;
const U32 = 4;

/** Decodes a request frame, or says why not. `connectionId` 0 means that no queue length is wanted. */
export function decodeBinaryRequest(frame: Buffer): ClientRequest | Refusal {
  const tag = frame[0];
  switch (tag) {
    case undefined:
      return refusal(ERROR_KIND.noData, "no data provided");
    case REQUEST_TAG.send: {
      if (frame.length < 1 + ADDRESS_BYTES + 2 * U64) return tooShort("send");
      const recipient = recipientFromBytes(frame.subarray(1, 1 + ADDRESS_BYTES));
      if (typeof recipient !== "string") return malformed(`malformed recipient: ${recipient.error}`);
      const rest = laneAndMessage(frame, 1 + ADDRESS_BYTES, "data");
      return "error" in rest ? malformed(rest.error) : { type: "send", recipient, ...rest };
    }
    case REQUEST_TAG.sendAnonymous: {
      if (frame.length < 1 + U32 + ADDRESS_BYTES + 2 * U64) return tooShort("send_anonymous");
      const recipient = recipientFromBytes(frame.subarray(1 + U32, 1 + U32 + ADDRESS_BYTES));
      if (typeof recipient !== "string") return malformed(`malformed recipient: ${recipient.error}`);
      const rest = laneAndMessage(frame, 1 + U32 + ADDRESS_BYTES, "data");
      if ("error" in rest) return malformed(rest.error);
      return { type: "sendAnonymous", replySurbs: frame.readUInt32BE(1), recipient, ...rest };
    }
    case REQUEST_TAG.reply: {
      if (frame.length < 1 + SENDER_TAG_BYTES + 2 * U64) return tooShort("reply");
      const rest = laneAndMessage(frame, 1 + SENDER_TAG_BYTES, "message");
      return "error" in rest ? malformed(rest.error) : { type: "reply", senderTag: senderTagAt(frame, 1), ...rest };
    }
    case REQUEST_TAG.selfAddress:
      return { type: "selfAddress" };
    case REQUEST_TAG.closedConnection:
      if (frame.length !== 1 + U64) return malformed("The received closed connection has invalid length");
      return { type: "closedConnection", lane: readU64(frame, 1) };
    case REQUEST_TAG.laneQueueLength:
      if (frame.length !== 1 + U64) return malformed("The received get lane queue lengths has invalid length");
      return { type: "laneQueueLength", lane: readU64(frame, 1) };
    default:
      return refusal(ERROR_KIND.unknownRequest, `${tag} does not correspond to any valid request tag`);
  }
}

/** The binary frame of an answer or a push. */
export function encodeBinaryResponse(response: ClientResponse): Buffer {
  switch (response.type) {
    case "error": {
      const message = Buffer.from(response.message);
      return withMessage(Buffer.from([RESPONSE_TAG.error, response.kind]), message);
    }
    case "received": {
      const { senderTag, message } = response;
      if (senderTag === undefined) return withMessage(Buffer.from([RESPONSE_TAG.received, 0]), message);
      const frame = Buffer.allocUnsafe(2 + SENDER_TAG_BYTES + U64 + message.length);
      frame[0] = RESPONSE_TAG.received;
      frame[1] = 1;
      frame.write(senderTag, 2, "hex");
      writeU64(frame, message.length, 2 + SENDER_TAG_BYTES);
      frame.set(message, 2 + SENDER_TAG_BYTES + U64);
      return frame;
    }
    case "selfAddress":
      return Buffer.concat([Buffer.from([RESPONSE_TAG.selfAddress]), addressToBytes(response.address)]);
    case "laneQueueLength": {
      const frame = Buffer.alloc(1 + 2 * U64);
      frame[0] = RESPONSE_TAG.laneQueueLength;
      writeU64(frame, response.lane, 1);
      writeU64(frame, response.length, 1 + U64);
      return frame;
    }
  }
}

function withMessage(head: Buffer, message: Buffer): Buffer {
  const length = Buffer.alloc(U64);
  writeU64(length, message.length, 0);
  return Buffer.concat([head, length, message]);
}

function tooShort(request: string): Refusal {
  return refusal(ERROR_KIND.notEnoughData, `not enough data provided to recover '${request}'`);
}

function laneAndMessage(
  frame: Buffer,
  offset: number,
  noun: string,
): { readonly lane: Lane | undefined; readonly message: Buffer } | { readonly error: string } {
  const lane = readU64(frame, offset);
  const message = frame.subarray(offset + 2 * U64);
  if (readU64(frame, offset + U64) !== message.length) {
    const specified = frame.readBigUInt64BE(offset + U64);
    return { error: `${noun} len has inconsistent length. specified: ${specified.toString()} got: ${message.length}` };
  }
  return { lane: lane === 0 ? undefined : lane, message };
}
