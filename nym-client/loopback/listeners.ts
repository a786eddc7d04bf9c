/** The ports of the mixnet, on the loopback interface only: one for each service client, and one for all users. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { LoopbackClient } from "./client.js";
import { frameBytes, MAX_FRAME_BYTES, serveConnection } from "./connection.js";
import type { Seat } from "./place.js";

const HOST = "127.0.0.1";

/** A port that accepts connections. */
export interface Listener extends AsyncDisposable {
  /** Where it listens, as `ws://host:port`. */
  readonly url: string;
}

/**
 * Opens the port of one client, 0 for any. As with a real client its only place is taken from the first byte on, and
 * whoever comes second is cut off before a handshake.
 */
export async function listenForClient(client: LoopbackClient, port: number): Promise<Listener> {
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

/** Opens the port of the users, 0 for any: the path names the client, which `clientNamed` starts if need be. */
export async function listenForUsers(
  clientNamed: (name: string) => LoopbackClient | undefined,
  port: number,
): Promise<Listener> {
  const handshakes = newHandshakes();
  const server = createServer((_request, response) => {
    response.writeHead(426, { "content-type": "text/plain" });
    response.end("This is a WebSocket port: the path is the name of a Nym client, for example /alice.\n");
  });
  server.on("upgrade", (request, stream, head) => {
    const client = clientNamed(nameIn(request));
    const seat = client?.admit();
    if (client === undefined || seat === undefined) {
      stream.destroy();
      return;
    }
    stream.on("close", () => seat.leave());
    handshakes.handleUpgrade(request, stream, head, (socket) => serveConnection(socket, stream, client, seat));
  });
  return listening(server, port);
}

/** Opens the port for commands, 0 for any. Web pages are kept out. */
export async function listenForCommands(command: (text: string) => Promise<string>, port: number): Promise<Listener> {
  const handshakes = newHandshakes();
  const server = createServer((request) => request.socket.destroy());
  server.on("upgrade", (request, stream, head) => {
    if (request.headers.origin !== undefined) {
      stream.destroy();
      return;
    }
    handshakes.handleUpgrade(request, stream, head, (socket) => {
      let last: Promise<void> = Promise.resolve();
      socket.on("message", (data) => {
        last = last.then(async () => socket.send(await command(frameBytes(data).toString("utf8"))));
      });
      socket.on("error", () => undefined);
    });
  });
  return listening(server, port);
}

function newHandshakes(): WebSocketServer {
  return new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
}

/** The path without its slash; a name is never empty, so that stands for "none". */
function nameIn(request: IncomingMessage): string {
  try {
    return decodeURIComponent(new URL(request.url ?? "/", `ws://${HOST}`).pathname.slice(1));
  } catch {
    return "";
  }
}

async function listening(server: Server, port: number): Promise<Listener> {
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
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const stream of streams) stream.destroy();
      await closed;
    },
  };
}
