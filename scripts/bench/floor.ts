/**
 * The floors: the least that a process could do for the same requests, as a program that connects to a nym-client like a
 * directory. `floor.js echo URL` answers with frames of the right sizes and looks at nothing. `floor.js bare URL FILE`
 * parses, verifies, signs each reply and commits to SQLite durably, all on one thread, with no limits, rules or privacy.
 * `floor.js v2 URL FILE` does the least for a `send` of v2: one check of a signature, one commit. `floor.js primitives FILE
 * SECONDS` prints how fast this machine signs, verifies and commits.
 */
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { createConnection, type NetConnectOpts, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { WebSocket } from "ws";
import { REQUEST_TAG, RESPONSE_TAG } from "../../src/protocol/nym-client/binary.js";
import { SENDER_TAG_BYTES } from "../../src/protocol/nym-client/sender-tag.js";
import { bareServer } from "./floor-bare.js";
import { echoServer } from "./floor-echo.js";
import { openFloorDatabase } from "./floor-database.js";
import type { FloorServer } from "./floor-server.js";
import { v2Server } from "./floor-v2.js";

const PUSH_HEAD_BYTES = 2 + SENDER_TAG_BYTES + 8;
const REPLY_HEAD_BYTES = 1 + SENDER_TAG_BYTES + 16;

function connect(url: string, server: FloorServer): void {
  let stream: Socket | undefined;
  let corked = false;
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    createConnection: ((options: NetConnectOpts) => (stream = createConnection(options))) as typeof createConnection,
  });
  const reply = (tag: Buffer, message: string | Buffer): void => {
    if (!corked && stream !== undefined) {
      corked = true;
      stream.cork();
      process.nextTick(() => {
        corked = false;
        stream?.uncork();
      });
    }
    socket.send(replyFrame(tag, message));
  };
  socket.on("open", () => socket.send(Buffer.from([REQUEST_TAG.selfAddress])));
  socket.on("close", () => process.exit(0));
  socket.on("message", (data) => {
    const frame = data as Buffer;
    if (frame[0] !== RESPONSE_TAG.received) return;
    server(frame.subarray(2, 2 + SENDER_TAG_BYTES), frame.subarray(PUSH_HEAD_BYTES), reply);
  });
}

function replyFrame(tag: Buffer, message: string | Buffer): Buffer {
  const bytes = Buffer.from(message);
  const { length } = bytes;
  const frame = Buffer.alloc(REPLY_HEAD_BYTES + length);
  frame[0] = REQUEST_TAG.reply;
  tag.copy(frame, 1);
  frame.writeUInt32BE(1, REPLY_HEAD_BYTES - 12);
  frame.writeUInt32BE(length, REPLY_HEAD_BYTES - 4);
  bytes.copy(frame, REPLY_HEAD_BYTES);
  return frame;
}

function primitives(file: string, seconds: number): Record<string, number> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const text = Buffer.alloc(200, "x");
  const signature = sign("sha256", text, privateKey);
  const database = openFloorDatabase(file);
  return {
    signsPerSecond: rate(seconds, () => sign("sha256", text, privateKey)),
    verifiesPerSecond: rate(seconds, () => verify("sha256", text, publicKey, signature)),
    durableCommitsPerSecond: rate(seconds, () => database.commit([() => database.message(text)])),
  };
}

function rate(seconds: number, work: () => unknown): number {
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < seconds * 1_000; count++) work();
  return Math.round((count * 1_000) / (performance.now() - start));
}

const [mode, target, extra] = process.argv.slice(2);
if (target === undefined) process.exitCode = 64;
else if (mode === "echo") connect(target, echoServer());
else if (mode === "bare" && extra !== undefined) connect(target, bareServer(openFloorDatabase(extra)));
else if (mode === "v2" && extra !== undefined) connect(target, v2Server(openFloorDatabase(extra)));
else if (mode === "primitives") process.stdout.write(JSON.stringify(primitives(target, Number(extra))));
else process.exitCode = 64;
