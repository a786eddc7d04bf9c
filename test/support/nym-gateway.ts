/**
 * A stand-in for an entry gateway: it registers Nym clients, lets them log in again, takes their packets and forwards
 * none. What it says is what a client of Nym's WASM package 1.4.1 and nym-client understand, observed on their sockets:
 * JSON in text frames, the handshake X25519 with HKDF-BLAKE3 and AES-256-GCM-SIV, the gateway's part signed with Ed25519.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { gcmsiv } from "@noble/ciphers/aes.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { blake3 } from "@noble/hashes/blake3.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { type WebSocket, WebSocketServer } from "ws";
import * as z from "zod";

export interface NymGateway extends AsyncDisposable {
  readonly port: number;
  /** Its identity key. */
  readonly ed25519Key: Uint8Array;
  /** What clients have done so far. */
  readonly seen: { registrations: number; logins: number; packets: number };
  /** Cuts all connections. */
  drop(): void;
}

/** The newest version of the protocol that this gateway speaks. */
const VERSION = 5;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const PLENTY = 1_000_000_000_000;

const request = z.discriminatedUnion("type", [
  z.object({ type: z.literal("supportedProtocol") }),
  z.object({ type: z.literal("handshakePayload"), protocol_version: z.int(), data: z.array(z.int()) }),
  z.object({ type: z.literal("authenticateV2"), protocolVersion: z.int() }),
]);

/** Starts a gateway on 127.0.0.1. */
export async function startNymGateway(): Promise<NymGateway> {
  const secret = randomBytes(KEY_BYTES);
  const seen = { registrations: 0, logins: 0, packets: 0 };
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  server.on("connection", (socket) => serve(socket, secret, seen));
  return {
    port: (server.address() as AddressInfo).port,
    ed25519Key: ed25519.getPublicKey(secret),
    seen,
    drop() {
      for (const socket of server.clients) socket.terminate();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(socket: WebSocket, secret: Uint8Array, seen: NymGateway["seen"]): void {
  const say = (answer: object): void => socket.send(JSON.stringify(answer));
  let exchanged = false;
  socket.on("error", () => undefined);
  socket.on("message", (frame: Buffer, isBinary) => {
    if (isBinary) {
      seen.packets += 1;
      return;
    }
    const asked = request.parse(JSON.parse(frame.toString()));
    switch (asked.type) {
      case "supportedProtocol":
        say({ type: "supportedProtocol", version: VERSION });
        return;
      case "handshakePayload": {
        const version = { protocol_version: asked.protocol_version };
        if (exchanged) {
          seen.registrations += 1;
          say({ type: "handshakePayload", ...version, data: [1] });
          say({ type: "register", ...version, status: true });
        } else {
          exchanged = true;
          say({ type: "handshakePayload", ...version, data: [...ourPart(Buffer.from(asked.data), secret)] });
        }
        return;
      }
      case "authenticateV2": {
        seen.logins += 1;
        const granted = { status: true, bandwidth_remaining: PLENTY };
        say({ type: "authenticate", protocol_version: asked.protocolVersion, ...granted });
      }
    }
  });
}

/** The client sends its identity key, an ephemeral key and a salt; we answer with ours, and prove with it who we are. */
function ourPart(clientPart: Buffer, secret: Uint8Array): Buffer {
  const [theirs, salt] = [clientPart.subarray(KEY_BYTES, 2 * KEY_BYTES), clientPart.subarray(2 * KEY_BYTES)];
  const ephemeral = randomBytes(KEY_BYTES);
  const ours = x25519.getPublicKey(ephemeral);
  const key = hkdf(blake3, x25519.getSharedSecret(ephemeral, theirs), salt, undefined, KEY_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const proof = gcmsiv(key, nonce).encrypt(ed25519.sign(Buffer.concat([ours, theirs]), secret));
  return Buffer.concat([ours, proof, nonce]);
}
