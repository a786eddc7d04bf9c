/**
 * The nym-client that a measured process connects to: it answers SelfAddress, says what is in a lane, and pushes what its
 * users send. There is no mixnet behind it, so what is measured is the process at the other end; lanes are empty, unless
 * packets leave it as slowly as a real one.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { ADDRESS_BYTES } from "../../src/protocol/nym-client/address.js";
import { REQUEST_TAG, RESPONSE_TAG } from "../../src/protocol/nym-client/binary.js";
import { SENDER_TAG_BYTES } from "../../src/protocol/nym-client/sender-tag.js";
import { createSlowLanes } from "./slow-lanes.js";

/** Bytes of a pushed frame before its message. */
const PUSH_HEAD_BYTES = 2 + SENDER_TAG_BYTES + 8;
const REPLY_HEAD_BYTES = 1 + SENDER_TAG_BYTES + 16;
/** What all tags of a run have in common; a tag begins with the number of its user. */
const TAG_REST = randomBytes(SENDER_TAG_BYTES - 4);

/** A reply that the measured process handed over, with the number of the user whose tag it bears. */
export type ReplyListener = (user: number, message: Buffer) => void;

/** One port that one process can connect to. */
export interface BenchNymClient extends AsyncDisposable {
  readonly url: string;
  /** Resolves when a process has connected and been told its address. */
  readonly connected: Promise<void>;
  /** Pushes a frame made by `pushFrame`. Frames of one turn of the event loop leave in one write. */
  push(frame: Buffer): void;
  /** Sets who hears of replies. */
  listen(listener: ReplyListener): void;
}

/** The frame that brings `message` from the user of that number. */
export function pushFrame(user: number, message: string | Uint8Array): Buffer {
  const bytes = Buffer.from(message);
  const { length } = bytes;
  const frame = Buffer.alloc(PUSH_HEAD_BYTES + length);
  frame[0] = RESPONSE_TAG.received;
  frame[1] = 1;
  frame.writeUInt32BE(user, 2);
  TAG_REST.copy(frame, 6);
  frame.writeUInt32BE(length, PUSH_HEAD_BYTES - 4);
  bytes.copy(frame, PUSH_HEAD_BYTES);
  return frame;
}

/** Bytes of the message in a frame of `pushFrame`. */
export function pushedBytes(frame: Buffer): number {
  return frame.length - PUSH_HEAD_BYTES;
}

/** Opens a port on 127.0.0.1. Replies are there at once, or as `packetsPerSecond` lets them leave. */
export async function openNymClient(packetsPerSecond = Infinity): Promise<BenchNymClient> {
  const slow = packetsPerSecond === Infinity ? undefined : createSlowLanes(packetsPerSecond);
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const { promise: connected, resolve: onConnected } = deferred();
  let peer: { socket: WebSocket; stream: Duplex } | undefined;
  let corked = false;
  let listener: ReplyListener = () => undefined;

  function write(frame: Buffer): void {
    if (peer === undefined) throw new Error("the measured process is not connected");
    const { stream, socket } = peer;
    if (!corked) {
      corked = true;
      stream.cork();
      process.nextTick(() => {
        corked = false;
        stream.uncork();
      });
    }
    socket.send(frame);
  }

  function onFrame(frame: Buffer): void {
    if (frame[0] === REQUEST_TAG.reply) {
      const message = frame.subarray(REPLY_HEAD_BYTES);
      const leave = (): void => listener(frame.readUInt32BE(1), message);
      write(laneLength(frame, 1 + SENDER_TAG_BYTES));
      if (slow === undefined) leave();
      else slow.add(frame.readUIntBE(1 + SENDER_TAG_BYTES + 2, 6), message, leave);
    } else if (frame[0] === REQUEST_TAG.laneQueueLength) {
      write(laneLength(frame, 1));
    } else if (frame[0] === REQUEST_TAG.selfAddress) {
      write(Buffer.concat([Buffer.from([RESPONSE_TAG.selfAddress]), Buffer.alloc(ADDRESS_BYTES, 7)]));
      onConnected();
    }
  }

  /** LaneQueueLength of the lane whose eight bytes stand at `offset` of `frame`. */
  function laneLength(frame: Buffer, offset: number): Buffer {
    const answer = Buffer.alloc(17);
    answer[0] = RESPONSE_TAG.laneQueueLength;
    frame.copy(answer, 1, offset, offset + 8);
    answer.writeUInt32BE(slow?.length(frame.readUIntBE(offset + 2, 6)) ?? 0, 13);
    return answer;
  }

  http.on("upgrade", (request, stream: Duplex, head) => {
    if (peer !== undefined) {
      stream.destroy();
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      peer = { socket, stream };
      socket.on("message", (data: RawData) => onFrame(data as Buffer));
      socket.on("close", () => (peer = undefined));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));

  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    connected,
    push: write,
    listen: (next) => (listener = next),
    async [Symbol.asyncDispose]() {
      slow?.end();
      peer?.socket.terminate();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
