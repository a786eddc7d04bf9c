/** How each kind of change lies in a batch. The table is total: a change without a layout does not compile. */
import type { Hour } from "../../util/time.js";
import type { Change } from "../changes.js";
import type { UserId } from "../identifiers.js";
import { CONTACT_LAYOUTS } from "./contact-layouts.js";
import {
  bytes,
  constant,
  type FieldCodec,
  type Layout,
  list,
  number,
  object,
  optional,
  route,
  text,
  word,
} from "./fields.js";
import { HISTORY_LAYOUTS } from "./history-layouts.js";
import { PREKEY_LAYOUTS } from "./prekey-layouts.js";
import { GROUP_LAYOUTS } from "./group-layouts.js";
import { OPERATOR_LAYOUTS } from "./operator-layouts.js";

/** A change without its kind. */
type FieldsOf<Kind extends Change["kind"]> = Omit<Extract<Change, { kind: Kind }>, "kind">;

const owner = { user: number<UserId>(), keyVersion: number() };
const routed = { ...owner, route, expires: number<Hour>() };

const message: Layout<FieldsOf<"storeMessage">> = {
  recipient: number(),
  origin: bytes,
  payload: bytes,
  contact: optional(constant(true)),
  expires: number(),
  outcome: optional(object({ id: bytes, expires: number() })),
  receipt: optional(object({ to: number(), id: bytes })),
};

const LAYOUTS: { readonly [Kind in Change["kind"]]: Layout<FieldsOf<Kind>> } = {
  insertUser: {
    name: text(),
    folded: text(),
    algorithm: word("p256", "ed25519"),
    key: bytes,
    recoveryKey: optional(bytes),
    signature: bytes,
    created: number(),
    route,
    routeExpires: number(),
  },
  importUser: { name: text(), folded: text(), key: bytes, created: number() },
  moveRoute: routed,
  refreshRoute: routed,
  rememberReplay: { digest: bytes, expires: number() },
  storeMessage: message,
  refuseMessage: message,
  eraseDeliveries: { recipient: number(), sequences: list(number()), as: word("delivered", "handedOver") },
  acknowledge: { ...owner, ranges: list(object({ first: number(), last: number() })) },
  rememberOutcome: { id: bytes, digest: bytes, code: number(), expires: number() },
  changeKey: {
    ...owner,
    key: bytes,
    recoveryKey: optional(bytes),
    by: word("rotation", "recovery"),
    signature: bytes,
    at: number(),
  },
  endRoute: owner,
  releaseUser: { ...owner, folded: text(), heldUntil: number() },
  ...PREKEY_LAYOUTS,
  ...HISTORY_LAYOUTS,
  ...GROUP_LAYOUTS,
  ...CONTACT_LAYOUTS,
  ...OPERATOR_LAYOUTS,
};

const KINDS = Object.keys(LAYOUTS) as Change["kind"][];
const kind = word(...KINDS);
const codecs = Object.fromEntries(KINDS.map((name) => [name, object(LAYOUTS[name] as Layout<object>)])) as Readonly<
  Record<Change["kind"], FieldCodec<object>>
>;

/** A change: its kind, then its fields. Reading throws a `RangeError` when it is of no kind. */
export const change: FieldCodec<Change> = {
  write(writer, value) {
    kind.write(writer, value.kind);
    codecs[value.kind].write(writer, value);
  },
  read(reader) {
    const read = kind.read(reader);
    return { kind: read, ...codecs[read].read(reader) } as Change;
  },
};
