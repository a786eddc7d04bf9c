/** A Nym client's port as a bridge sees it, on a real WebSocket server: answers SelfAddress, and does as it is told. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

/** What the server does with a connection, instead of answering SelfAddress at once. */
export interface NymClientServerOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  /** The 96 bytes of its Nym address all have this value. */
  readonly fill?: number;
  /** Called inside the handshake, before anything else can be sent. */
  readonly onConnection?: (socket: WebSocket) => void;
  /** Called for each frame; `true` means that it has been dealt with. */
  readonly onFrame?: (frame: Buffer, socket: WebSocket) => boolean;
}

/** A running server. */
export interface NymClientServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** All frames that came in. */
  readonly frames: Buffer[];
  /** Connections ever made, and the greatest number at once. */
  readonly connections: { total: number; most: number };
  /** Sends a frame to whoever is connected. */
  push(...frames: Uint8Array[]): void;
  /** Cuts all connections without a closing handshake. */
  drop(): void;
}

/** Starts a server on 127.0.0.1. */
export async function startNymClientServer(options: NymClientServerOptions = {}): Promise<NymClientServer> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: options.port ?? 0, perMessageDeflate: false });
  await once(server, "listening");
  const frames: Buffer[] = [];
  const connections = { total: 0, most: 0 };
  server.on("connection", (socket) => {
    connections.total++;
    connections.most = Math.max(connections.most, server.clients.size);
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => {
      frames.push(data);
      if (options.onFrame?.(data, socket) !== true && data[0] === 0x03) socket.send(selfAddressFrame(options.fill));
    });
    options.onConnection?.(socket);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    frames,
    connections,
    push(...pushed) {
      for (const socket of server.clients) for (const frame of pushed) socket.send(frame);
    },
    drop() {
      for (const socket of server.clients) socket.terminate();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The answer to SelfAddress. */
export function selfAddressFrame(fill = 7): Buffer {
  return Buffer.concat([Buffer.from([0x02]), Buffer.alloc(96, fill)]);
}

/** A message of a sender whose tag is 16 times `tag`. */
export function receivedFrame(message: string | Uint8Array, tag = 1): Buffer {
  const body = Buffer.from(message);
  const head = Buffer.alloc(2 + 16 + 8, tag);
  head.set([0x01, 0x01]);
  head.writeBigUInt64BE(BigInt(body.length), 18);
  return Buffer.concat([head, body]);
}

/** A message without SURBs: nobody to answer. */
export function untaggedFrame(message: string): Buffer {
  const tagged = receivedFrame(message);
  return Buffer.concat([Buffer.of(0x01, 0x00), tagged.subarray(18)]);
}
