/**
 * The floor of a `send` of v2: one check of an Ed25519 signature and one durable commit (what arrived together in one
 * transaction), answered with a reply of the right size. It reads nothing of the request but its id.
 */
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { PACKET_BYTES, REPLY_FRAMING_BYTES } from "../../src/protocol/packets.js";
import { encodeReply } from "../../src/protocol/v2/reply-codec.js";
import type { FloorDatabase } from "./floor-database.js";
import type { FloorServer } from "./floor-server.js";
import { ID_AT, ID_BYTES } from "./v2-frames.js";

/** About as much as the text that a `send` signs. */
const SIGNED_BYTES = 400;

/** A server that takes every message for a `send`. */
export function v2Server(database: FloorDatabase): FloorServer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const text = Buffer.alloc(SIGNED_BYTES, "x");
  const signature = sign(null, text, privateKey);
  const waiting: { readonly message: Buffer; readonly then: () => void }[] = [];

  function commitWaiting(): void {
    const batch = waiting.splice(0);
    database.commit(
      batch.map(
        ({ message }) =>
          () =>
            database.message(message),
      ),
    );
    for (const { then } of batch) then();
  }

  return (tag, message, reply) => {
    if (!verify(null, text, publicKey, signature)) return;
    const answer = emptyReply(message.subarray(ID_AT, ID_AT + ID_BYTES));
    const origin = Buffer.from(tag);
    const first = waiting.push({ message, then: () => reply(origin, answer) }) === 1;
    if (first) setImmediate(commitWaiting);
  };
}

const TEMPLATE = Buffer.from(
  encodeReply(
    { dialect: "v2", id: new Uint8Array(ID_BYTES) as never, action: "send", result: "ok", answer: {} },
    { directory: new Uint8Array(), sign: () => new Uint8Array() },
  ),
);
if (TEMPLATE.length !== PACKET_BYTES - REPLY_FRAMING_BYTES) throw new Error("a reply is not one packet");

function emptyReply(id: Buffer): Buffer {
  const reply = Buffer.from(TEMPLATE);
  id.copy(reply, ID_AT);
  return reply;
}
