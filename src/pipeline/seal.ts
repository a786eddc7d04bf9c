/**
 * Seal: a reply becomes the bytes that travel. v1 replies are signed by the key that signs them, of v2's only what a
 * look-up states, by the identity key. What is said again and again is signed once and kept: v1's results, and the
 * look-up of one version of a user's row (in v2, for an hour).
 */
import type { Reply } from "../actions/action.js";
import { encodeReply as encodeV1Reply } from "../protocol/v1/encode.js";
import type { Reply as V1Reply } from "../protocol/v1/reply.js";
import { isUnsupported, type UnsupportedReply } from "../protocol/v1/unsupported.js";
import { encodePush, encodeReply as encodeV2Reply } from "../protocol/v2/reply-codec.js";
import type { V2Push } from "../protocol/v2/reply.js";
import { BoundedMap } from "../util/bounded-map.js";

/** Encodes and signs a reply, or a push. */
export type Sealer = (reply: Reply | V2Push) => Uint8Array;

/** The keys that sign. */
export interface SealComponents {
  /** Signs the UTF-8 bytes of a v1 reply's content: hex. */
  readonly sign: (content: string) => string;
  /** The identity key: 32 bytes. */
  readonly directory: Uint8Array;
  /** Signs a v2 statement with it: 64 bytes. */
  readonly signStatement: (text: Uint8Array) => Uint8Array;
}

/** A sealer that keeps `cached` sealed v1 replies, and as many signatures of v2 statements. */
export function createSealer({ sign, directory, signStatement }: SealComponents, cached: number): Sealer {
  const sealV1 = createV1Sealer(sign, cached);
  const signatures = new BoundedMap<string, Uint8Array>(cached);
  const signOnce = (text: Uint8Array): Uint8Array => {
    const name = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString("latin1");
    const known = signatures.get(name);
    if (known !== undefined) return known;
    const signature = signStatement(text);
    signatures.set(name, signature);
    return signature;
  };
  return (reply) => {
    if (reply.dialect !== "v2") return sealV1(reply);
    return reply.action === "push" ? encodePush(reply) : encodeV2Reply(reply, { directory, sign: signOnce });
  };
}

function createV1Sealer(
  sign: (content: string) => string,
  cached: number,
): (reply: V1Reply | UnsupportedReply) => Uint8Array {
  const sealed = new BoundedMap<string, Uint8Array>(cached);
  return (reply) => {
    const name = cacheName(reply);
    if (name === undefined) return encodeV1Reply(reply, sign);
    const known = sealed.get(name);
    if (known !== undefined) return known;
    const message = encodeV1Reply(reply, sign);
    sealed.set(name, message);
    return message;
  };
}

/** Names all that the sealed bytes depend on; `undefined` for what is never said twice. */
function cacheName(reply: V1Reply | UnsupportedReply): string | undefined {
  if (isUnsupported(reply)) return reply.kind;
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
