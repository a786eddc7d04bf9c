/** A TCP server on which a test plays the WebSocket protocol by hand, to do what no well-behaved server does. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

/** The server, with the sockets that connected to it. */
export interface RawServer extends AsyncDisposable {
  readonly url: string;
  readonly sockets: Socket[];
}

/** Listens on 127.0.0.1 and hands over each connection. */
export async function startRawServer(onConnection: (socket: Socket) => void): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => undefined));
    onConnection(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The answer that completes a handshake (RFC 6455, section 4.2.2). */
export function acceptance(request: Buffer): string {
  const key = /^sec-websocket-key: (\S+)/im.exec(request.toString("latin1"))?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** A short binary frame of a server (RFC 6455, section 5.2). */
export function serverFrame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x82, payload.length]), payload]);
}
