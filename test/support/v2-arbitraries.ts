/** Any message of v2, for property tests: each that the types allow and the document bounds. */
import fc from "fast-check";
import type { ErrorResult } from "../../src/protocol/v2/codes.js";
import { RESULTS } from "../../src/protocol/v2/codes.js";
import type { UserName } from "../../src/protocol/v2/names.js";
import type { ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import type { FinalState, Item, ItemPage, V2Push } from "../../src/protocol/v2/reply.js";
import type { StatedUser } from "../../src/protocol/v2/stated-user.js";
import { ACTIONS, type Auth } from "../../src/protocol/v2/request.js";
import type { RequestId, SequenceRange } from "../../src/protocol/v2/terms.js";
import type { SignedAction, V2Action, V2Request } from "../../src/protocol/v2/request.js";
import { anyGroupItem, GROUP_ANSWERS, GROUP_BODIES } from "./v2-group-arbitraries.js";

const NAME_UNITS = Array.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
const LETTERS = { unit: fc.constantFrom(...NAME_UNITS), minLength: 1, maxLength: 64 };

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const uint = fc.oneof(fc.nat(300), fc.maxSafeNat());
const name = fc.string(LETTERS) as unknown as fc.Arbitrary<UserName>;
const id = bytes(16) as fc.Arbitrary<RequestId>;
const key = bytes(32);
const signature = bytes(64);
const body = fc.uint8Array({ maxLength: 300 });
const copy = fc.uint8Array({ minLength: 1, maxLength: 300 });
const nothing = fc.constant({});

const newKey = fc.record(
  { key, possession: signature, recovery: key, succession: signature },
  { requiredKeys: ["key", "possession", "succession"] },
);
const ranges = fc
  .uniqueArray(uint, { minLength: 2, maxLength: 64 })
  .map((ends) => ends.toSorted((one, other) => one - other))
  .map((ends) =>
    Array.from({ length: Math.floor(ends.length / 2) }, (_, at): SequenceRange => {
      const [first = 0, last = 0] = ends.slice(2 * at, 2 * at + 2);
      return { first, last };
    }),
  );

const policy = fc.constantFrom("everyone", "contacts", "nobody");
const note = fc.uint8Array({ maxLength: 256 });
const CONTACT_BODIES = {
  contact: fc.oneof(
    fc.record({ verb: fc.constantFrom("request", "accept"), name, note }, { requiredKeys: ["verb", "name"] }),
    fc.record({ verb: fc.constantFrom("reject", "cancel", "block", "unblock", "remove"), name }),
  ),
  contacts: fc.record({ after: uint, packets: fc.integer({ min: 1, max: 255 }) }),
  policy: fc.record({ policy }),
};
const contactItem = fc.record({
  sequence: uint,
  kind: fc.constant("contact" as const),
  name,
  verb: fc.constantFrom("request" as const, "accept" as const),
  id,
  keyVersion: uint,
  note,
});
const prekey = fc.record({ id: uint, key: fc.uint8Array({ minLength: 1, maxLength: 200 }) });
const signedPrekey = fc.tuple(prekey, signature).map(([of, by]) => ({ ...of, signature: by }));
const agedPrekey = fc.tuple(signedPrekey, uint).map(([of, hour]) => ({ ...of, hour }));
const published = fc.record({ id: uint, hour: uint });
const pageBounds = { after: uint, packets: fc.integer({ min: 1, max: 255 }) };
const PREKEY_BODIES = {
  publish: fc.record(
    {
      signed: signedPrekey,
      lastResort: signedPrekey,
      oneTime: fc
        .uniqueArray(prekey, { maxLength: 50, selector: ({ id: number }) => number })
        .map((prekeys) => prekeys.toSorted((one, other) => one.id - other.id)),
      replace: fc.boolean(),
    },
    { requiredKeys: ["oneTime", "replace"] },
  ),
  take: fc.record({ name }),
  prekeys: nothing,
};

const BODIES = {
  info: nothing,
  register: fc.record({ name, key }),
  login: fc.record({ name }),
  prove: fc.oneof(
    fc.record(
      { purpose: fc.constant("registration"), challenge: bytes(20), key, recovery: key },
      { requiredKeys: ["purpose", "challenge", "key"] },
    ),
    fc.record({ purpose: fc.constant("login"), challenge: bytes(20) }),
  ),
  logout: nothing,
  lookup: fc.record({ name }),
  keyLog: fc.record({ name, from: fc.integer({ min: 1 }) }),
  rotate: newKey,
  recover: newKey,
  release: nothing,
  send: fc.record(
    { recipient: name, body, hours: fc.integer({ min: 1 }), receipt: fc.boolean(), copy },
    { requiredKeys: ["recipient", "body", "receipt"] },
  ),
  fetch: fc.record({ after: uint, packets: fc.integer({ min: 1, max: 255 }) }),
  ack: fc.record({ ranges }),
  receipts: fc.record({ ids: fc.array(id, { minLength: 1, maxLength: 64 }) }),
  status: nothing,
  ...GROUP_BODIES,
  ...CONTACT_BODIES,
  ...PREKEY_BODIES,
  history: fc.oneof(
    fc.record({ name, ...pageBounds }, { requiredKeys: ["after", "packets"] }),
    fc.record({ group: id, ...pageBounds }),
  ),
  unread: fc.record(pageBounds),
} satisfies Record<V2Action, unknown>;

/** The actions that nobody signs. */
export const UNSIGNED: ReadonlySet<V2Action> = new Set(["info", "register", "login", "lookup", "keyLog", "group"]);
const auth: fc.Arbitrary<Auth> = fc.record({ name, keyVersion: uint, time: uint, signature });
const ALL = Object.keys(ACTIONS) as V2Action[];

/** Requests of one action. */
function requestsOf(action: V2Action): fc.Arbitrary<V2Request> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    action: fc.constant(action),
    id,
    surbs: fc.nat(255),
    body: BODIES[action],
    ...(!UNSIGNED.has(action) && { auth }),
  };
  const token = fc.record({ token: fc.uint8Array({ maxLength: 128 }) }, { requiredKeys: [] });
  const request = fc.tuple(fc.record(fields), token).map(([envelope, reserved]) => ({ ...envelope, ...reserved }));
  return request as unknown as fc.Arbitrary<V2Request>;
}

/** Requests of any action. */
export const anyRequest: fc.Arbitrary<V2Request> = fc.oneof(...ALL.map(requestsOf));
/** Requests that are signed. */
export const anySigned = fc.oneof(...ALL.filter((action) => !UNSIGNED.has(action)).map(requestsOf)) as fc.Arbitrary<
  V2Request<SignedAction>
>;

const state = fc.constantFrom<FinalState>("delivered", "expired", "handedOver");

/** What may be in a mailbox. */
export const anyItem: fc.Arbitrary<Item> = fc.oneof(
  fc.record({ sequence: uint, kind: fc.constant("message" as const), sender: name, keyVersion: uint, id, body }),
  fc.record({
    sequence: uint,
    kind: fc.constant("v1" as const),
    dialect: fc.constantFrom("long" as const, "compact" as const),
    content: fc.string({ unit: "grapheme", maxLength: 300 }),
  }),
  fc.record({ sequence: uint, kind: fc.constant("receipt" as const), id, state }),
  fc.record({ sequence: uint, kind: fc.constant("prekeys" as const), count: fc.nat(2 ** 32 - 1) }),
  anyGroupItem,
  contactItem,
);

const page: fc.Arbitrary<ItemPage> = fc.record({
  items: fc.array(anyItem, { maxLength: 40 }),
  more: fc.boolean(),
  fullSince: fc.option(uint, { nil: undefined }),
});

/** What may be pushed. */
export const anyPush: fc.Arbitrary<V2Push> = fc
  .tuple(id, page)
  .map(([of, items]) => ({ dialect: "v2", action: "push", id: of, ...items }));

const keyVersion = fc.record({ keyVersion: uint });
const challenge = fc.record({ challenge: bytes(20) });
const counts = fc.record({ messages: uint, bytes: uint });
const user: fc.Arbitrary<StatedUser> = fc.oneof(
  fc.record({ name, algorithm: fc.constant("p256" as const), key: bytes(91), keyVersion: uint }),
  fc.record({ name, algorithm: fc.constant("ed25519" as const), key, keyVersion: uint }),
);

const ANSWERS = {
  info: fc.record({
    identity: key,
    replyKey: fc.record({ key: bytes(91), signature }),
    addresses: fc.record({ list: fc.array(bytes(96), { maxLength: 8 }), signature }),
    versions: fc.array(uint, { minLength: 1, maxLength: 3 }),
    epoch: uint,
    time: uint,
    limits: fc.record({ window: uint, outcomes: uint, challenge: uint, maxBody: uint, maxHours: uint }),
  }),
  register: challenge,
  login: challenge,
  prove: keyVersion,
  logout: nothing,
  lookup: fc.record({ name, hour: uint, user: fc.option(user, { nil: undefined }), signature }),
  rotate: keyVersion,
  recover: keyVersion,
  release: nothing,
  send: nothing,
  fetch: page,
  ack: nothing,
  receipts: fc.record({
    states: fc.array(fc.oneof(state, fc.constantFrom("unknown", "stored")), { minLength: 1, maxLength: 64 }),
  }),
  status: fc.record({
    keyVersion: uint,
    routed: fc.boolean(),
    waiting: counts,
    quota: counts,
    fullSince: fc.option(uint, { nil: undefined }),
    lastSequence: uint,
  }),
  ...GROUP_ANSWERS,
  contact: nothing,
  contacts: fc.record({
    entries: fc.array(
      fc.record({
        cursor: fc.integer({ min: 1 }),
        name,
        relation: fc.constantFrom("none", "requested", "received", "contact"),
        blocked: fc.boolean(),
        hour: uint,
        keyVersion: uint,
      }),
      { maxLength: 40 },
    ),
    more: fc.boolean(),
    policy,
  }),
  policy: nothing,
  publish: fc.record({ count: uint }),
  take: fc.record({
    user,
    signed: fc.option(agedPrekey, { nil: undefined }),
    oneTime: fc.option(prekey, { nil: undefined }),
    lastResort: fc.option(signedPrekey, { nil: undefined }),
  }),
  prekeys: fc.record({
    count: uint,
    most: uint,
    signed: fc.option(published, { nil: undefined }),
    lastResort: fc.option(published, { nil: undefined }),
    digest: bytes(32),
  }),
  history: fc.record({
    copies: fc.array(fc.record({ cursor: fc.integer({ min: 1 }), id, hour: uint, copy }), { maxLength: 40 }),
    more: fc.boolean(),
  }),
  unread: fc.record({
    senders: fc.array(
      fc.record({
        cursor: fc.integer({ min: 1 }),
        sender: name,
        group: fc.option(bytes(16), { nil: undefined }),
        messages: fc.integer({ min: 1 }),
      }),
      { maxLength: 40 },
    ),
    more: fc.boolean(),
  }),
  keyLog: fc.record({
    versions: fc.array(
      fc.record({
        version: fc.integer({ min: 1 }),
        by: fc.constantFrom("registration", "rotation", "recovery"),
        hour: uint,
        key,
        recovery: fc.option(key, { nil: undefined }),
        signature: fc.option(signature, { nil: undefined }),
      }),
      { maxLength: 12 },
    ),
    more: fc.boolean(),
  }),
} satisfies Record<V2Action, unknown>;

const accepted = ALL.map((action) =>
  fc.record({
    dialect: fc.constant("v2"),
    id,
    action: fc.constant(action),
    result: fc.constant("ok"),
    answer: ANSWERS[action] as fc.Arbitrary<unknown>,
  }),
);
const errors = Object.keys(RESULTS).filter((result): result is ErrorResult => result !== "ok");
const refused = fc.record(
  {
    dialect: fc.constant("v2"),
    id,
    action: fc.option(fc.constantFrom(...ALL), { nil: undefined }),
    result: fc.constantFrom(...errors),
    after: uint,
  },
  { requiredKeys: ["dialect", "id", "action", "result"] },
);

/** Replies as they are received: with the signature of what a look-up states. */
export const anyReply = fc.oneof(...accepted, refused) as unknown as fc.Arbitrary<ReceivedReply>;
