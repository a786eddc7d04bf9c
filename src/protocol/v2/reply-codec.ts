/** From a v2 reply, or what is pushed, to the bytes that travel, padded to whole packets; and back, for who receives them. */
import { PACKET_BYTES, REPLY_FRAMING_BYTES, replyPackets } from "../packets.js";
import { ANSWERS, encodeAnswer, type SignedStatement } from "./answers.js";
import { action, id } from "./bodies.js";
import { type Cbor, decodeCbor, encodeCbor } from "./cbor.js";
import { type ErrorResult, type Result, RESULTS } from "./codes.js";
import type { SignedGroupStatement } from "./groups.js";
import { page } from "./items.js";
import type { ItemPage, V2Push, V2Reply } from "./reply.js";
import type { V2Action } from "./request.js";
import { type Ed25519Key, type RequestId, VERSION } from "./terms.js";
import { any, constant, mapOf, optional, record, required, ShapeError, type Shape, uint, word } from "./shapes.js";
import { groupStatementText, statementText } from "./signed-texts.js";

/** Who signs what a look-up states. */
export interface StatementSigner {
  /** The identity key. */
  readonly directory: Ed25519Key;
  /** Signs a text with it: 64 bytes of Ed25519. */
  readonly sign: (text: Uint8Array) => Uint8Array;
}

type Accepted = Extract<V2Reply, { readonly result: "ok" }>;
type Refused = Extract<V2Reply, { readonly result: ErrorResult }>;

/** A reply as its recipient has it: what a look-up states with its signature, which is still to be checked (`statementText`). */
export type ReceivedReply =
  | Refused
  | Exclude<Accepted, { readonly action: "lookup" | "group" }>
  | (Extract<Accepted, { readonly action: "lookup" }> & { readonly answer: SignedStatement })
  | (Extract<Accepted, { readonly action: "group" }> & { readonly answer: SignedGroupStatement });

interface AcceptedEnvelope {
  readonly version?: undefined;
  readonly action: V2Action;
  readonly id: RequestId;
  readonly code: "ok";
  readonly answer: Cbor;
  readonly proof?: Cbor;
}

interface RefusedEnvelope extends Omit<AcceptedEnvelope, "action" | "code" | "answer"> {
  readonly action: V2Action | undefined;
  readonly code: ErrorResult;
  readonly after?: number;
}

/** Stands for an action that was not known, and in a push. */
const NO_ACTION = 0;
const ID_KEY = 2;
const CODE_KEY = 3;
/** Whatever fits a message of a Nym client. */
const BOUNDS = { items: 2 ** 20, containers: 2 ** 18 };

const { ok, ...errors } = Object.fromEntries(
  Object.entries(RESULTS).map(([result, { code }]) => [result, code]),
) as Record<Result, number>;
const knownAction: Shape<V2Action | undefined> = {
  encode: (value) => (value === undefined ? NO_ACTION : action.encode(value)),
  decode: (item) => (item === NO_ACTION ? undefined : action.decode(item)),
};
const version = constant(0, VERSION);
const proof = optional(6, any);
const accepted = record<AcceptedEnvelope>({
  version,
  action: required(1, action),
  id: required(ID_KEY, id),
  code: required(CODE_KEY, word({ ok })),
  answer: required(4, any),
  proof,
});
const refused = record<RefusedEnvelope>({
  version,
  action: required(1, knownAction),
  id: required(ID_KEY, id),
  code: required(CODE_KEY, word<ErrorResult>(errors)),
  after: optional(5, uint()),
  proof,
});
interface PushEnvelope {
  readonly version?: undefined;
  readonly action?: undefined;
  readonly id: RequestId;
  readonly answer: ItemPage;
}
const push = record<PushEnvelope>({
  version,
  action: constant(1, NO_ACTION),
  id: required(ID_KEY, id),
  answer: required(4, page),
});

/** A reply as it travels. */
export function encodeReply(reply: V2Reply, signer: StatementSigner): Uint8Array {
  if (reply.result === "ok") {
    const answer = answerOf(reply, signer);
    return padded(accepted.encode({ action: reply.action, id: reply.id, code: reply.result, answer }));
  }
  const { action: asked, id: of, result: code, after } = reply;
  return padded(refused.encode({ action: asked, id: of, code, ...(after !== undefined && { after }) }));
}

function answerOf(reply: Accepted, { directory, sign }: StatementSigner): Cbor {
  switch (reply.action) {
    case "lookup":
      return encodeAnswer("lookup", { ...reply.answer, signature: sign(statementText(directory, reply.answer)) });
    case "group":
      return encodeAnswer("group", { ...reply.answer, signature: sign(groupStatementText(directory, reply.answer)) });
    default:
      return encodeAnswer(reply.action, reply.answer);
  }
}

/** What is pushed, as it travels. */
export function encodePush({ id: of, ...answer }: V2Push): Uint8Array {
  return padded(push.encode({ id: of, answer }));
}

/** What came from the directory; `undefined` when it is nothing of v2 that this version knows. */
export function decodeReply(message: Uint8Array): ReceivedReply | V2Push | undefined {
  const read = decodeCbor(message, BOUNDS);
  if (read === undefined || message.subarray(read.length).some((byte) => byte !== 0)) return undefined;
  try {
    const envelope = mapOf(read.item);
    if (!envelope.has(CODE_KEY)) return decodePush(read.item);
    return envelope.get(CODE_KEY) === ok ? decodeAccepted(read.item) : decodeRefused(read.item);
  } catch (error) {
    if (error instanceof ShapeError) return undefined;
    throw error;
  }
}

function decodePush(item: Cbor): V2Push {
  const { id: of, answer } = push.decode(item);
  return { dialect: "v2", action: "push", id: of, ...answer };
}

function decodeAccepted(item: Cbor): ReceivedReply {
  const { action: asked, id: of, code, answer } = accepted.decode(item);
  // Here the type of a reply and the table of answers meet.
  return { dialect: "v2", id: of, action: asked, result: code, answer: ANSWERS[asked].decode(answer) } as ReceivedReply;
}

function decodeRefused(item: Cbor): Refused {
  const { action: asked, id: of, code, after } = refused.decode(item);
  return { dialect: "v2", id: of, action: asked, result: code, ...(after !== undefined && { after }) };
}

/** The item, with zero bytes behind it so that it fills its packets. */
function padded(item: Cbor): Uint8Array {
  const bytes = encodeCbor(item);
  const message = new Uint8Array(replyPackets(bytes.length) * PACKET_BYTES - REPLY_FRAMING_BYTES);
  message.set(bytes);
  return message;
}
