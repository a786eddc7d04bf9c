/** The port of a Nym client, on the loopback interface only. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type Endpoint, MAX_FRAME_BYTES, serveConnection } from "./connection.js";
import type { Seat } from "./place.js";

const HOST = "127.0.0.1";

/** A port that accepts connections. */
export interface Listener extends AsyncDisposable {
  /** Where it listens, as `ws://host:port`. */
  readonly url: string;
  /** Lets the port go while the process behind it is down, and takes it again: refusal is how a dead client is known. */
  accept(running: boolean): void;
}

/**
 * Opens the port of one client, 0 for any. As with a real client its only place is taken from the first byte on, and
 * whoever comes second is cut off before a handshake.
 */
export async function listenForClient(client: Endpoint, port: number): Promise<Listener> {
  const handshakes = newHandshakes();
  const seats = new WeakMap<Duplex, Seat>();
  const server = createServer((request) => request.socket.destroy());
  server.on("connection", (stream: Duplex) => {
    const seat = client.admit();
    if (seat === undefined) {
      stream.end();
      return;
    }
    seats.set(stream, seat);
    stream.on("close", () => seat.leave());
  });
  server.on("clientError", (_error, stream) => stream.destroy());
  server.on("upgrade", (request, stream, head) => {
    const seat = seats.get(stream);
    if (seat === undefined) stream.destroy();
    else handshakes.handleUpgrade(request, stream, head, (socket) => serveConnection(socket, stream, client, seat));
  });
  return listening(server, port);
}

/** Accepts handshakes that a server hands on. */
export function newHandshakes(): WebSocketServer {
  return new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
}

/** Lets `server` listen on a port, 0 for any. Rejects when that is taken. */
export async function listening(server: Server, port: number): Promise<Listener> {
  const streams = new Set<Duplex>();
  server.on("connection", (stream: Duplex) => {
    streams.add(stream);
    stream.on("close", () => streams.delete(stream));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `ws://${HOST}:${actual}`,
    accept(running) {
      if (running) server.listen(actual, HOST);
      else server.close();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const stream of streams) stream.destroy();
      await closed;
    },
  };
}
