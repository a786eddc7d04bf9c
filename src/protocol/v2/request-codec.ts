/**
 * From a v2 request to its bytes, and from bytes to a request. Whatever the bytes are, the outcome is one of three: a
 * request, the reply that refuses it, or silence. Nothing is thrown.
 */
import { action, BODIES, encodeBody, id, MAX_SURBS, signature } from "./bodies.js";
import { type Cbor, decodeCbor, encodeCbor } from "./cbor.js";
import type { ErrorResult } from "./codes.js";
import type { V2Reply } from "./reply.js";
import type { Auth, RequestId, SignedAction, V2Action, V2Request } from "./request.js";
import { bytes, name, optional, type Shape, ShapeError, tuple, uint } from "./shapes.js";

/** Why a message is met with silence, as it is counted. */
export type DropReason = "dropped.oversized" | "dropped.malformed";

/** What became of a message. */
export type Decoded =
  | { readonly ok: V2Request; readonly reply?: never; readonly drop?: never }
  | { readonly reply: Refusal; readonly ok?: never; readonly drop?: never }
  | { readonly drop: DropReason; readonly ok?: never; readonly reply?: never };

/** A reply that refuses a request which is none; `action` is `undefined` when it is not known. */
export type Refusal = Extract<V2Reply, { readonly result: ErrorResult }>;

const VERSION = 2;
/** Keys of the envelope. */
const KEYS = { version: 0, action: 1, id: 2, surbs: 3, body: 4, auth: 5, token: 6 } as const;
const MAX_TOKEN_BYTES = 128;
/** A request of 64 ids has 91 items, one of 32 ranges 91 as well; four of its items hold others. */
const BOUNDS = { items: 256, containers: 16 };
const MAJOR_MAP = 5;

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
};
const auth: Shape<Auth> = tuple<Auth>({ name, keyVersion: uint(), time: uint(), signature });
const surbs = uint(0, MAX_SURBS);
const token = optional(KEYS.token, bytes(0, MAX_TOKEN_BYTES));
/** The actions whose name is somebody's choice, to be told when it is none. */
const NAMES: ReadonlySet<V2Action> = new Set(["register", "login", "lookup"]);

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
  const map = new Map<number, Cbor>([
    [KEYS.version, VERSION],
    [KEYS.action, action.encode(request.action)],
    [KEYS.id, request.id],
    [KEYS.surbs, request.surbs],
    [KEYS.body, encodeBody(request.action, request.body)],
  ]);
  if (request.auth !== undefined) map.set(KEYS.auth, auth.encode(request.auth));
  if (request.token !== undefined) map.set(KEYS.token, request.token);
  return encodeCbor(map);
}

/** Reads a message that arrived from a user, of at most `maxBytes`. */
export function decodeRequest(message: Uint8Array, { maxBytes }: { readonly maxBytes: number }): Decoded {
  if (message.length > maxBytes) return { drop: "dropped.oversized" };
  const read = decodeCbor(message, BOUNDS);
  if (read?.length !== message.length || !(read.item instanceof Map)) return { drop: "dropped.malformed" };
  const envelope: ReadonlyMap<unknown, Cbor> = read.item;
  const request = attempt(() => id.decode(envelope.get(KEYS.id) ?? null));
  if (envelope.get(KEYS.version) !== VERSION || request instanceof ShapeError) return { drop: "dropped.malformed" };
  return decodeEnvelope(envelope, request);
}

function decodeEnvelope(envelope: ReadonlyMap<unknown, Cbor>, request: RequestId): Decoded {
  const number = attempt(() => uint().decode(envelope.get(KEYS.action) ?? null));
  if (number instanceof ShapeError) return refuse(request, undefined, "malformed");
  const known = attempt(() => action.decode(number));
  if (known instanceof ShapeError) return refuse(request, undefined, "unknownAction");
  const decoded = attempt(() => decodeFields(envelope, known, request));
  if (!(decoded instanceof ShapeError)) return { ok: decoded };
  return refuse(request, known, decoded.what === "name" && NAMES.has(known) ? "nameInvalid" : "malformed");
}

function decodeFields(envelope: ReadonlyMap<unknown, Cbor>, of: V2Action, request: RequestId): V2Request {
  const signed = envelope.get(KEYS.auth);
  const price = token.decode(envelope.get(KEYS.token));
  const fields = 5 + (signed === undefined ? 0 : 1) + (price === undefined ? 0 : 1);
  if (envelope.size !== fields || isSigned(of) !== (signed !== undefined)) throw new ShapeError();
  // Here the type of a request and the table of bodies meet.
  return {
    action: of,
    id: request,
    surbs: surbs.decode(envelope.get(KEYS.surbs) ?? null),
    body: BODIES[of].decode(envelope.get(KEYS.body) ?? null),
    ...(signed !== undefined && { auth: auth.decode(signed) }),
    ...(price !== undefined && { token: price }),
  } as V2Request;
}

function refuse(
  request: RequestId,
  of: V2Action | undefined,
  result: "malformed" | "unknownAction" | "nameInvalid",
): Decoded {
  return { reply: { dialect: "v2", id: request, action: of, result } };
}

function attempt<T>(read: () => T): T | ShapeError {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShapeError) return error;
    throw error;
  }
}
