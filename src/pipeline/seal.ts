/**
 * Seal: a v1 reply becomes the bytes that travel, signed by the key that signs v1 replies. What is said again and again
 * (results, and the look-up of one version of a user's row) is signed once and kept.
 */
import { type Reply } from "../protocol/v1/reply.js";
import { encodeReply } from "../protocol/v1/encode.js";
import { BoundedMap } from "../util/bounded-map.js";

/** Encodes and signs a reply. */
export type Sealer = (reply: Reply) => Uint8Array;

/** A sealer that keeps `cached` sealed replies. `sign` gives the signature over the UTF-8 bytes of a text, in hex. */
export function createSealer(sign: (content: string) => string, cached: number): Sealer {
  const sealed = new BoundedMap<string, Uint8Array>(cached);
  return (reply) => {
    const name = cacheName(reply);
    if (name === undefined) return encodeReply(reply, sign);
    const known = sealed.get(name);
    if (known !== undefined) return known;
    const message = encodeReply(reply, sign);
    sealed.set(name, message);
    return message;
  };
}

/** Names all that the sealed bytes depend on; `undefined` for what is never said twice. */
function cacheName(reply: Reply): string | undefined {
  switch (reply.kind) {
    case "challenge":
    case "incomingMessage":
      return undefined;
    case "challengeResponse":
      return `${reply.dialect} ${reply.kind} ${reply.purpose} ${reply.result}`;
    case "sendResponse":
      return `${reply.dialect} ${reply.kind} ${reply.result}`;
    case "queryResponse": {
      const { found } = reply;
      if (typeof found === "string") return `${reply.dialect} ${reply.kind} ${found}`;
      return `${reply.dialect} ${found.name} ${Buffer.from(found.key.buffer, found.key.byteOffset, found.key.byteLength).toString("latin1")}`;
    }
  }
}
