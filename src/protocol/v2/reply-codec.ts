/** From a v2 reply, or what is pushed, to the bytes that travel, padded to whole packets; and back, for who receives them. */
import { PACKET_BYTES, replyPackets, REPLY_FRAMING_BYTES } from "../packets.js";
import { ANSWERS, encodeAnswer, type SignedStatement } from "./answers.js";
import { action, id } from "./bodies.js";
import { type Cbor, decodeCbor, encodeCbor } from "./cbor.js";
import { type ErrorResult, type Result, RESULTS } from "./codes.js";
import { page } from "./items.js";
import type { V2Push, V2Reply } from "./reply.js";
import type { Ed25519Key, V2Action } from "./request.js";
import { mapOf, ShapeError, uint, word } from "./shapes.js";
import { statementText } from "./signed-texts.js";

/** Who signs what a look-up states. */
export interface StatementSigner {
  /** The identity key. */
  readonly directory: Ed25519Key;
  /** Signs a text with it: 64 bytes of Ed25519. */
  readonly sign: (text: Uint8Array) => Uint8Array;
}

/** A reply as its recipient has it: what a look-up states with its signature, which it has to check (`statementText`). */
export type ReceivedReply =
  | Exclude<V2Reply, { readonly action: "lookup"; readonly result: "ok" }>
  | (Extract<V2Reply, { readonly action: "lookup"; readonly result: "ok" }> & { readonly answer: SignedStatement });

const VERSION = 2;
/** Keys of the envelope, and numbers in the place of an action. */
const KEYS = { version: 0, action: 1, id: 2, code: 3, answer: 4, after: 5, proof: 6 } as const;
const NO_ACTION = 0;
const REPLY_KEYS: ReadonlySet<unknown> = new Set(Object.values(KEYS));
/** Any reply that fits a message of the Nym client. */
const BOUNDS = { items: 2 ** 20, containers: 2 ** 18 };

const results = word<Result>(
  Object.fromEntries(Object.entries(RESULTS).map(([result, { code }]) => [result, code])) as Record<Result, number>,
);

/** A reply as it travels. */
export function encodeReply(reply: V2Reply, signer: StatementSigner): Uint8Array {
  const map = new Map<number, Cbor>([
    [KEYS.version, VERSION],
    [KEYS.action, reply.action === undefined ? NO_ACTION : action.encode(reply.action)],
    [KEYS.id, reply.id],
    [KEYS.code, results.encode(reply.result)],
  ]);
  if (reply.result === "ok") map.set(KEYS.answer, answerOf(reply, signer));
  else if (reply.after !== undefined) map.set(KEYS.after, reply.after);
  return padded(encodeCbor(map));
}

function answerOf(reply: Extract<V2Reply, { readonly result: "ok" }>, { directory, sign }: StatementSigner): Cbor {
  if (reply.action !== "lookup") return encodeAnswer(reply.action, reply.answer);
  return encodeAnswer("lookup", { ...reply.answer, signature: sign(statementText(directory, reply.answer)) });
}

/** What is pushed, as it travels. */
export function encodePush(push: V2Push): Uint8Array {
  const map = new Map<number, Cbor>([
    [KEYS.version, VERSION],
    [KEYS.action, NO_ACTION],
    [KEYS.answer, page.encode(push)],
  ]);
  return padded(encodeCbor(map));
}

/** What came from the directory; `undefined` when it is nothing of v2 that this version knows. */
export function decodeReply(message: Uint8Array): ReceivedReply | V2Push | undefined {
  const read = decodeCbor(message, BOUNDS);
  if (read === undefined || message.subarray(read.length).some((byte) => byte !== 0)) return undefined;
  try {
    const envelope = mapOf(read.item);
    if (envelope.get(KEYS.version) !== VERSION) return undefined;
    return envelope.has(KEYS.id) ? decodeEnvelope(envelope) : decodePush(envelope);
  } catch (error) {
    if (error instanceof ShapeError) return undefined;
    throw error;
  }
}

function decodePush(envelope: ReadonlyMap<unknown, Cbor>): V2Push {
  if (envelope.size !== 3 || envelope.get(KEYS.action) !== NO_ACTION) throw new ShapeError();
  return { dialect: "v2", action: "push", ...page.decode(envelope.get(KEYS.answer) ?? null) };
}

function decodeEnvelope(envelope: ReadonlyMap<unknown, Cbor>): ReceivedReply {
  if ([...envelope.keys()].some((found) => !REPLY_KEYS.has(found))) throw new ShapeError();
  const number = envelope.get(KEYS.action) ?? null;
  const of = number === NO_ACTION ? undefined : action.decode(number);
  const common = { dialect: "v2", id: id.decode(envelope.get(KEYS.id) ?? null) } as const;
  const result = results.decode(envelope.get(KEYS.code) ?? null);
  const after = envelope.get(KEYS.after);
  if (result !== "ok") return decodeError(envelope, { ...common, action: of, result });
  if (of === undefined || after !== undefined) throw new ShapeError();
  // Here the type of a reply and the table of answers meet.
  const answer = ANSWERS[of].decode(envelope.get(KEYS.answer) ?? null);
  return { ...common, action: of, result, answer } as ReceivedReply;
}

function decodeError(
  envelope: ReadonlyMap<unknown, Cbor>,
  reply: { dialect: "v2"; id: V2Reply["id"]; action: V2Action | undefined; result: ErrorResult },
): ReceivedReply {
  if (envelope.has(KEYS.answer)) throw new ShapeError();
  const after = envelope.get(KEYS.after);
  return after === undefined ? reply : { ...reply, after: uint().decode(after) };
}

/** The same with zero bytes behind it, so that it fills its packets. */
function padded(item: Uint8Array): Uint8Array {
  const message = new Uint8Array(replyPackets(item.length) * PACKET_BYTES - REPLY_FRAMING_BYTES);
  message.set(item);
  return message;
}
