/** One WebSocket connection to a Nym client that we host: frames in, answers and pushes out, as the nym-client API has it. */
import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { decodeBinaryRequest, encodeBinaryResponse } from "../../src/protocol/nym-client/binary-server.js";
import type { ClientRequest, ClientResponse } from "../../src/protocol/nym-client/frames.js";
import { decodeTextRequest, encodeTextResponse } from "../../src/protocol/nym-client/text-server.js";
import type { Seat } from "./place.js";

/** A Nym client, as its application meets it. */
export interface Endpoint {
  /** Takes the only place for an application; `undefined` when there is none to be had. */
  admit(): Seat | undefined;
  /** Does what the application asks. Returns the answer, if there is one. */
  request(request: ClientRequest): ClientResponse | undefined;
}

/** The largest frame that a client takes. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Serves an open WebSocket, whose handshake has just ended, until it closes. `stream` is what lies under it. */
export function serveConnection(
  socket: WebSocket,
  stream: Duplex,
  client: Pick<Endpoint, "request">,
  seat: Seat,
): void {
  let text = false;
  let corked = false;
  const push = (response: ClientResponse): void => {
    if (!corked) {
      // What is sent in one go leaves in one write.
      corked = true;
      stream.cork();
      process.nextTick(() => {
        corked = false;
        stream.uncork();
      });
    }
    if (text) socket.send(encodeTextResponse(response));
    else socket.send(encodeBinaryResponse(response));
  };
  socket.on("message", (data, isBinary) => {
    const frame = frameBytes(data);
    text = !isBinary;
    const request = isBinary ? decodeBinaryRequest(frame) : decodeTextRequest(frame.toString("utf8"));
    const answer = request.type === "error" ? request : client.request(request);
    if (answer !== undefined) push(answer);
  });
  // A broken connection is followed by "close", which says all that matters.
  socket.on("error", () => undefined);
  socket.on("close", () => seat.leave());
  seat.sit({ push, cut: () => socket.terminate() });
}

/** The bytes of a frame, however `ws` hands it over. */
export function frameBytes(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
