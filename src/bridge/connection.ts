/**
 * One WebSocket to a Nym client, from its handshake to its end; what comes before and after it is `socket.ts`. Frames
 * are binary. What is sent within one turn of the event loop leaves in one write.
 */
import type { Socket } from "node:net";
import { type ClientOptions, WebSocket } from "ws";
import { decodeResponse, encodeRequest } from "../protocol/nym-client/binary.js";
import type { ClientRequest, ClientResponse } from "../protocol/nym-client/frames.js";
import { BridgeClosedError } from "./bridge.js";

/** How a connection is made and kept; times in milliseconds. */
export interface ConnectionOptions {
  /** The largest frame taken in, in bytes. A larger one ends the connection. */
  readonly frameMaxBytes: number;
  /** Long: a nym-client aborts when a handshake is given up. */
  readonly handshakeMs: number;
  /** The connection is given up when a ping is not answered for this long; 0 sends none. */
  readonly pingMs: number;
  /** How long closing may take, also where it has to wait for a handshake under way. */
  readonly closeMs: number;
}

/** Is told what comes in, in order, from the first frame on. */
export interface ConnectionListener {
  response(response: ClientResponse, bytes: number): void;
  /** A frame that is no answer of a Nym client, or a text frame. */
  undecodable(): void;
}

/** A connection under way, open, or over. */
export interface Connection {
  /** Resolves with the handshake, rejects when it fails. */
  readonly opened: Promise<void>;
  /** Resolves when nothing more will come. Never rejects. */
  readonly closed: Promise<void>;
  /** Neither before its handshake nor closing. */
  readonly isOpen: boolean;
  /** Bytes handed over that the operating system has not taken yet. */
  readonly unsentBytes: number;
  /** Throws `BridgeClosedError` when not open. */
  send(request: ClientRequest, flushed?: (error: Error | undefined) => void): void;
  pause(): void;
  resume(): void;
  /** Closes in good order; a handshake under way is awaited first. Drops everything when that takes too long. */
  close(): void;
}

const NORMAL_CLOSURE = 1000;

/** Begins to connect. The listener is in place before the first frame can come. */
export function connect(url: string, options: ConnectionOptions, listener: ConnectionListener): Connection {
  const socketOptions: ClientOptions & { closeTimeout: number } = {
    perMessageDeflate: false,
    maxPayload: options.frameMaxBytes,
    handshakeTimeout: options.handshakeMs,
    closeTimeout: options.closeMs,
  };
  const webSocket = new WebSocket(url, socketOptions);
  const opened = new Promise<void>((resolve, reject) => {
    webSocket.once("open", resolve);
    webSocket.on("error", reject);
  });
  const closed = new Promise<void>((resolve) => webSocket.once("close", () => resolve()));
  const watch = watchPongs(webSocket, options.pingMs);
  const output = corkedOutput(webSocket);
  webSocket.on("message", (data: Buffer, isBinary: boolean) => {
    const response = isBinary ? decodeResponse(data) : undefined;
    if (response === undefined) listener.undecodable();
    else listener.response(response, data.length);
  });
  return {
    opened,
    closed,
    get isOpen() {
      return webSocket.readyState === WebSocket.OPEN;
    },
    get unsentBytes() {
      return webSocket.bufferedAmount;
    },
    send(request, flushed) {
      if (webSocket.readyState !== WebSocket.OPEN) throw new BridgeClosedError();
      output.corkForThisTurn();
      webSocket.send(encodeRequest(request), flushed && output.honest(flushed));
    },
    pause: () => webSocket.pause(),
    resume() {
      watch.resumed();
      webSocket.resume();
    },
    close: () => closeInOrder(webSocket, options.closeMs),
  };
}

function closeInOrder(webSocket: WebSocket, closeMs: number): void {
  const end = (): void => {
    webSocket.resume();
    webSocket.close(NORMAL_CLOSURE);
  };
  if (webSocket.readyState === WebSocket.CONNECTING) webSocket.once("open", end);
  else end();
  const patience = setTimeout(() => webSocket.terminate(), closeMs);
  webSocket.once("close", () => clearTimeout(patience));
}

/** What goes out over the socket beneath. */
interface Output {
  /** Holds back what is written until the current turn of the event loop is over: one system call instead of many. */
  corkForThisTurn(): void;
  /** Node reports success for a write under way when its socket is destroyed; this reports that it is not known. */
  honest(flushed: (error: Error | undefined) => void): (error?: Error | null) => void;
}

function corkedOutput(webSocket: WebSocket): Output {
  let socket: Socket | undefined;
  let corked = false;
  webSocket.once("upgrade", (response) => (socket = response.socket));
  const uncork = (): void => {
    corked = false;
    socket?.uncork();
  };
  return {
    corkForThisTurn() {
      if (corked) return;
      corked = true;
      socket?.cork();
      process.nextTick(uncork);
    },
    honest: (flushed) => (error) => {
      flushed(error ?? (socket?.destroyed === true ? new BridgeClosedError() : undefined));
    },
  };
}

/** Terminates a connection whose other end has gone without a word. While we read nothing, silence proves nothing. */
function watchPongs(webSocket: WebSocket, pingMs: number): { resumed: () => void } {
  let heard = true;
  const hear = (): void => void (heard = true);
  if (pingMs > 0) {
    const timer = setInterval(() => {
      if (webSocket.readyState !== WebSocket.OPEN || webSocket.isPaused) return;
      if (!heard) webSocket.terminate();
      heard = false;
      webSocket.ping();
    }, pingMs);
    webSocket.on("pong", hear);
    webSocket.on("message", hear);
    webSocket.once("close", () => clearInterval(timer));
  }
  return { resumed: hear };
}
