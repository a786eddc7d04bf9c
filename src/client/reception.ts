/** Sorts what arrives: answers go to where they are waited for, messages to whoever opens them, the rest nowhere. */
import { replyPackets } from "../protocol/packets.js";
import { type DecodedReply, decodeReply } from "../protocol/v1/decode-reply.js";
import { verifyText } from "../protocol/v1/key-pair.js";
import type { Dialect } from "../protocol/v1/reply.js";
import { decodeHexSignature } from "../protocol/v1/signature.js";
import type { ClientEvent } from "./client-event.js";
import { type Desk, distribute } from "./desk.js";
import { createQueue } from "./queue.js";

export interface ReceptionComponents {
  readonly desk: Desk;
  readonly observe: (event: ClientEvent) => void;
  /** Takes the content of an `incomingMessage`, and the packets that it came in. */
  readonly incoming: (content: string, dialect: Dialect, packets: number) => void;
}

/** Bounds of what is read at all: far above anything that a directory passes on. */
const READ_LIMITS = { maxBytes: 16 * 2 ** 20, maxDepth: 16 };

/**
 * Returns what takes a message off the transport. With a `replyKey` (DER) only answers that it has signed are believed.
 * Messages of others need no such proof: they prove themselves, and may have come straight from their senders.
 */
export function createReception(
  { desk, observe, incoming }: ReceptionComponents,
  replyKey: Uint8Array | undefined,
): (message: Uint8Array) => void {
  const inOrder = createQueue();

  const take = async (message: Uint8Array): Promise<void> => {
    const decoded = decodeReply(message, READ_LIMITS);
    if (decoded === undefined) {
      observe({ type: "dropped", reason: "foreign" });
      return;
    }
    const { reply } = decoded;
    const packets = replyPackets(message.length);
    observe({ type: "received", kind: reply.kind, bytes: message.length, packets });
    if (reply.kind === "incomingMessage") {
      incoming(reply.content, reply.dialect, packets);
      return;
    }
    if (!(await isGenuine(decoded, replyKey))) {
      observe({ type: "dropped", reason: "forged" });
      return;
    }
    if (!distribute(desk, reply)) observe({ type: "dropped", reason: "stray" });
  };

  return (message) => void inOrder(() => take(message));
}

async function isGenuine({ signed }: DecodedReply, replyKey: Uint8Array | undefined): Promise<boolean> {
  if (replyKey === undefined) return true;
  const signature = decodeHexSignature(signed?.signature);
  return signed !== undefined && signature !== undefined && verifyText(signed.content, signature, replyKey);
}
