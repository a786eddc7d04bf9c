/**
 * From a v2 request to its bytes, and from bytes to a request. Whatever the bytes are, the outcome is one of three: a
 * request, the reply that refuses it, or silence. Nothing is thrown.
 */
import { action, BODIES, encodeBody, id, MAX_SURBS, signature } from "./bodies.js";
import { type Cbor, decodeCbor, encodeCbor } from "./cbor.js";
import type { ErrorResult } from "./codes.js";
import type { V2Reply } from "./reply.js";
import type { Auth, SignedAction, V2Action, V2Request } from "./request.js";
import { type RequestId, VERSION } from "./terms.js";
import { any, bytes, constant, name, optional, record, required, ShapeError, tuple, uint } from "./shapes.js";

/** Why a message is met with silence, as it is counted. */
export type DropReason = "dropped.oversized" | "dropped.malformed";

/** A reply that refuses what is no request; `action` is `undefined` when it is not known. */
export type Refusal = Extract<V2Reply, { readonly result: ErrorResult }>;

/** What became of a message. */
export type Decoded =
  | { readonly ok: V2Request; readonly reply?: never; readonly drop?: never }
  | { readonly reply: Refusal; readonly ok?: never; readonly drop?: never }
  | { readonly drop: DropReason; readonly ok?: never; readonly reply?: never };

interface Envelope {
  readonly version?: undefined;
  readonly action: V2Action;
  readonly id: RequestId;
  readonly surbs: number;
  readonly body: Cbor;
  readonly token?: Uint8Array;
}

const VERSION_KEY = 0;
const ACTION_KEY = 1;
const ID_KEY = 2;
const MAX_TOKEN_BYTES = 128;
const MAJOR_MAP = 5;
/** More than the largest requests have: those of 64 ids, and of 50 prekeys. */
const BOUNDS = { items: 256, containers: 64 };

const head = {
  version: constant(VERSION_KEY, VERSION),
  action: required(ACTION_KEY, action),
  id: required(ID_KEY, id),
  surbs: required(3, uint(0, MAX_SURBS)),
  body: required(4, any),
};
const token = optional(6, bytes(0, MAX_TOKEN_BYTES));
const auth = tuple<Auth>({ name, keyVersion: uint(), time: uint(), signature });
const unsignedEnvelope = record<Envelope>({ ...head, token });
const signedEnvelope = record<Envelope & { readonly auth: Auth }>({ ...head, auth: required(5, auth), token });

const SIGNED: Readonly<Record<SignedAction, true>> = {
  prove: true,
  logout: true,
  rotate: true,
  recover: true,
  release: true,
  send: true,
  fetch: true,
  ack: true,
  receipts: true,
  status: true,
  groupCreate: true,
  groupChange: true,
  groupLog: true,
  groupMembers: true,
  contact: true,
  contacts: true,
  policy: true,
  publish: true,
  take: true,
  prekeys: true,
  history: true,
  unread: true,
  groupSend: true,
};
/** The actions that begin with a name which somebody has typed, and who is to be told when it is none. */
const BY_NAME: ReadonlySet<V2Action> = new Set(["register", "login", "lookup", "keyLog"]);

/** Must this action be signed? */
export function isSigned(of: V2Action): of is SignedAction {
  return of in SIGNED;
}

/** Is this a message of v2, going by its first byte? */
export function isV2(message: Uint8Array): boolean {
  return (message[0] ?? 0) >> 5 === MAJOR_MAP;
}

/** A request as it travels, without padding. */
export function encodeRequest(request: V2Request): Uint8Array {
  const envelope = { ...request, body: encodeBody(request.action, request.body) };
  if (envelope.auth === undefined) return encodeCbor(unsignedEnvelope.encode(envelope));
  return encodeCbor(signedEnvelope.encode({ ...envelope, auth: envelope.auth }));
}

/** Reads a message that arrived from a user, of at most `maxBytes`. */
export function decodeRequest(message: Uint8Array, { maxBytes }: { readonly maxBytes: number }): Decoded {
  if (message.length > maxBytes) return { drop: "dropped.oversized" };
  const read = decodeCbor(message, BOUNDS);
  if (read?.length !== message.length || !(read.item instanceof Map)) return { drop: "dropped.malformed" };
  const found: ReadonlyMap<unknown, Cbor> = read.item;
  const known = attempt(() => id.decode(found.get(ID_KEY) ?? null));
  if (found.get(VERSION_KEY) !== VERSION || known instanceof ShapeError) return { drop: "dropped.malformed" };
  return decodeEnvelope(read.item, known, found.get(ACTION_KEY) ?? null);
}

function decodeEnvelope(item: Cbor, known: RequestId, number: Cbor): Decoded {
  if (typeof number !== "number") return refuse(known, undefined, "malformed");
  const asked = attempt(() => action.decode(number));
  if (asked instanceof ShapeError) return refuse(known, undefined, "unknownAction");
  const request = attempt(() => {
    const envelope = (isSigned(asked) ? signedEnvelope : unsignedEnvelope).decode(item);
    return { ...envelope, body: BODIES[asked].decode(envelope.body) };
  });
  if (request instanceof ShapeError)
    return refuse(known, asked, request.what === "name" && BY_NAME.has(asked) ? "nameInvalid" : "malformed");
  // Here the type of a request and the table of bodies meet.
  return { ok: request as V2Request };
}

function refuse(of: RequestId, asked: V2Action | undefined, result: ErrorResult): Decoded {
  return { reply: { dialect: "v2", id: of, action: asked, result } };
}

function attempt<T>(read: () => T): T | ShapeError {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShapeError) return error;
    throw error;
  }
}
