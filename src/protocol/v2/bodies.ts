/** The bodies of the requests, action by action: `docs/protocol.md`, section 8. */
import type { Cbor } from "./cbor.js";
import { GROUP_BODIES } from "./group-bodies.js";
import { HISTORY_BODIES } from "./history.js";
import { CONTACT_BODIES } from "./contacts.js";
import { KEY_LOG_BODIES } from "./key-log.js";
import { PREKEY_BODIES } from "./prekeys.js";
import { ACTIONS, type Bodies, type V2Action } from "./request.js";
import type { Nothing, RequestId, SequenceRange } from "./terms.js";
import {
  bytes,
  flag,
  itemsOf,
  list,
  mapOf,
  name,
  optional,
  record,
  required,
  type Shape,
  ShapeError,
  uint,
  word,
} from "./shapes.js";

/** Bytes of a request id, a key, a signature, and a challenge. */
export const ID_BYTES = 16;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const CHALLENGE_BYTES = 20;
/** Ranges of one `ack`, and ids of one `receipts`. */
const MAX_RANGES = 32;
export const MAX_IDS = 64;
/** SURBs, and so packets of a reply, that one request can bring. */
export const MAX_SURBS = 255;

export const id = bytes<RequestId>(ID_BYTES);
export const key = bytes(KEY_BYTES);
export const signature = bytes(SIGNATURE_BYTES);
export const challenge = bytes(CHALLENGE_BYTES);

const empty = record<Nothing>({});
const newKey = record<Bodies["rotate"]>({
  key: required(0, key),
  possession: required(1, signature),
  recovery: optional(2, key),
  succession: required(3, signature),
});

const PURPOSE_KEY = 0;
const registration = word({ registration: 0 });
const login = word({ login: 1 });
const proveRegistration = record<Extract<Bodies["prove"], { purpose: "registration" }>>({
  purpose: required(PURPOSE_KEY, registration),
  challenge: required(1, challenge),
  key: required(2, key),
  recovery: optional(3, key),
});
const proveLogin = record<Extract<Bodies["prove"], { purpose: "login" }>>({
  purpose: required(PURPOSE_KEY, login),
  challenge: required(1, challenge),
});
const prove: Shape<Bodies["prove"]> = {
  encode: (body) => (body.purpose === "login" ? proveLogin.encode(body) : proveRegistration.encode(body)),
  decode: (item) => (mapOf(item).get(PURPOSE_KEY) === 1 ? proveLogin.decode(item) : proveRegistration.decode(item)),
};

/** Ascending ranges that do not touch upon each other, as one flat array: first, last, first, last .. */
const ranges: Shape<readonly SequenceRange[]> = {
  encode: (value) => value.flatMap(({ first, last }) => [first, last]),
  decode(item) {
    const ends = list(uint()).decode(itemsOf(item, 2, 2 * MAX_RANGES));
    const found: SequenceRange[] = [];
    let before = -1;
    for (let index = 0; index < ends.length; index += 2) {
      const first = ends[index] ?? 0;
      const last = ends[index + 1];
      if (last === undefined || first <= before || last < first) throw new ShapeError();
      found.push({ first, last });
      before = last;
    }
    return found;
  },
};

/** How each body is written and read. */
export const BODIES: { readonly [A in V2Action]: Shape<Bodies[A]> } = {
  info: empty,
  register: record<Bodies["register"]>({ name: required(0, name), key: required(1, key) }),
  login: record<Bodies["login"]>({ name: required(0, name) }),
  prove,
  logout: empty,
  lookup: record<Bodies["lookup"]>({ name: required(0, name) }),
  rotate: newKey,
  recover: newKey,
  release: empty,
  send: record<Bodies["send"]>({
    recipient: required(0, name),
    body: required(1, bytes(0, Number.MAX_SAFE_INTEGER)),
    hours: optional(2, uint(1)),
    receipt: flag(3),
    copy: optional(4, bytes(1, Number.MAX_SAFE_INTEGER)),
  }),
  fetch: record<Bodies["fetch"]>({ after: required(0, uint()), packets: required(1, uint(1, MAX_SURBS)) }),
  ack: record<Bodies["ack"]>({ ranges: required(0, ranges) }),
  receipts: record<Bodies["receipts"]>({ ids: required(0, list(id, 1, MAX_IDS)) }),
  status: empty,
  ...GROUP_BODIES,
  ...CONTACT_BODIES,
  ...PREKEY_BODIES,
  ...HISTORY_BODIES,
  ...KEY_LOG_BODIES,
};

/** The number of each action, and back. */
export const action = word<V2Action>(ACTIONS);

/** The body of a request as an item. */
export function encodeBody<A extends V2Action>(of: A, body: Bodies[A]): Cbor {
  return BODIES[of].encode(body);
}
