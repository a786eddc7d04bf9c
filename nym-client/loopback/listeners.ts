/** The ports of the mixnet, on the loopback interface only: one for each service client, and one for all users. */
import { createServer, type IncomingMessage } from "node:http";
import { frameBytes, serveConnection } from "../host/connection.js";
import { type Listener, listening, newHandshakes } from "../host/port.js";
import type { LoopbackClient } from "./client.js";

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

/** The path without its slash; a name is never empty, so that stands for "none". */
function nameIn(request: IncomingMessage): string {
  try {
    return decodeURIComponent(new URL(request.url ?? "/", "ws://127.0.0.1").pathname.slice(1));
  } catch {
    return "";
  }
}
