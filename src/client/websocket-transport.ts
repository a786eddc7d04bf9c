/** A transport over the WebSocket of a nym-client process: binary frames, for Node. */
import { WebSocket } from "ws";
import { decodeResponse, encodeRequest } from "../protocol/nym-client/binary.js";
import { type ConnectionTiming, createNymClientTransport, type Dial } from "./nym-client-transport.js";
import type { Transport } from "./transport.js";

/** Where the Nym client is, and how patient to be. */
export interface WebSocketTransportOptions extends ConnectionTiming {
  /** For example `ws://127.0.0.1:1977`. */
  readonly url: string;
}

/** Largest frame accepted. The API itself puts no bound on what others send us. */
const MAX_FRAME_BYTES = 16 * 2 ** 20;
/** In milliseconds. Long, because nym-client aborts when a handshake is given up. */
const HANDSHAKE_TIMEOUT = 120_000;
/** How long the other side may take to answer a closing handshake, in milliseconds. */
const CLOSE_TIMEOUT = 500;

/** A transport over a nym-client's WebSocket. Throws a TypeError for what is no URL. */
export function createWebSocketTransport({ url, ...timing }: WebSocketTransportOptions): Transport {
  // The path of the URL may be a name, which stays out of error texts.
  return createNymClientTransport(dialTo(url), new URL(url).host, timing);
}

function dialTo(url: string): Dial {
  return (handlers) => {
    const socket = new WebSocket(url, {
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    let failure: Error | undefined;
    socket.on("message", (data: Buffer, isBinary) => {
      const response = isBinary ? decodeResponse(data) : undefined;
      if (response !== undefined) handlers.response(response);
    });
    socket.on("open", () => handlers.opened());
    socket.on("error", (error) => (failure = error));
    socket.on("close", () => handlers.closed(failure && explain(failure)));
    const end = (): void => {
      const impatience = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT);
      socket.once("close", () => clearTimeout(impatience));
      socket.close();
    };
    return {
      send: (request) => socket.send(encodeRequest(request), () => undefined),
      close: () => (socket.readyState === WebSocket.CONNECTING ? void socket.once("open", end) : end()),
    };
  };
}

function explain(failure: Error): string {
  if ("code" in failure && failure.code === "ECONNREFUSED") return "nothing listens there";
  if (failure.message === "socket hang up") return "it hung up; perhaps another program is connected to it";
  return "it is no nym-client WebSocket, or it does not answer";
}
