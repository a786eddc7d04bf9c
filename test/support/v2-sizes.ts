/** The sizes of v2's messages, in bytes without padding: of typical ones, with names of 5 and of 64 letters. */
import { decodeCbor } from "../../src/protocol/v2/cbor.js";
import { encodePush, encodeReply, type StatementSigner } from "../../src/protocol/v2/reply-codec.js";
import type { Answers, Item, V2Push, V2Reply } from "../../src/protocol/v2/reply.js";
import { encodeRequest } from "../../src/protocol/v2/request-codec.js";
import type { Auth, Bodies, V2Action, V2Request } from "../../src/protocol/v2/request.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { UNSIGNED } from "./v2-arbitraries.js";
import { GROUP_ANSWER_SIZES, GROUP_ITEM_SIZES, GROUP_REQUEST_SIZES } from "./v2-group-sizes.js";
import { named } from "./v2-requests.js";

/** A message, and how long it is with short and with long names. */
export interface Size {
  readonly message: string;
  readonly short: number;
  readonly long: number;
}

/** Numbers of the size that they have for years: versions to 65,535, sequences and times to 2^32 - 1. */
const KEY_VERSION = 1_000;
const SEQUENCE = 1_000_000;
const TIME = 1_790_000_000;
const HOUR = 500_000;

const SHORT = named("alice");
const LONG = named("a".repeat(64));
const id = new Uint8Array(16) as RequestId;
const key = new Uint8Array(32);
const signature = new Uint8Array(64);
const challenge = new Uint8Array(20);
const signer: StatementSigner = { directory: key, sign: () => signature };
type Name = typeof SHORT;

function size(message: string, bytesWith: (name: Name) => number): Size {
  return { message, short: bytesWith(SHORT), long: bytesWith(LONG) };
}

/** Bytes of a request; those of the recipient's name count as the sender's. */
export function requestBytes<A extends V2Action>(action: A, name: Name, body: Bodies[A], surbs = 3): number {
  const auth: Auth = { name, keyVersion: KEY_VERSION, time: TIME, signature };
  return encodeRequest({ action, id, surbs, body, ...(!UNSIGNED.has(action) && { auth }) } as unknown as V2Request)
    .length;
}

/** Bytes of an answer. */
export function answerBytes<A extends V2Action>(action: A, answer: Answers[A]): number {
  return itemBytes(encodeReply({ dialect: "v2", id, action, result: "ok", answer } as unknown as V2Reply, signer));
}

/** Bytes of a push of these items. */
export function pushBytes(items: readonly Item[], more = false): number {
  const push: V2Push = { dialect: "v2", action: "push", id, items, more, fullSince: undefined };
  return itemBytes(encodePush(push));
}

/** `count` messages from `sender` with bodies of `bytes`. */
export function messages(count: number, sender: string, bytes: number): Item[] {
  const body = new Uint8Array(bytes);
  return Array.from({ length: count }, (_, at) => ({
    sequence: SEQUENCE + at,
    kind: "message",
    sender,
    keyVersion: KEY_VERSION,
    id,
    body,
  }));
}

function itemBytes(message: Uint8Array): number {
  return decodeCbor(message, { items: 100_000, containers: 100_000 })?.length ?? NaN;
}

const registration = { purpose: "registration", challenge, key, recovery: key } as const;
const newKey = { key, possession: signature, recovery: key, succession: signature };
const send =
  (bytes: number, copy = 0) =>
  (name: Name): number =>
    requestBytes("send", name, {
      ...{ recipient: name, body: new Uint8Array(bytes), hours: 720, receipt: true },
      ...(copy > 0 && { copy: new Uint8Array(copy) }),
    });
const ranges = (count: number): Bodies["ack"]["ranges"] =>
  Array.from({ length: count }, (_, at) => ({ first: SEQUENCE + 2 * at, last: SEQUENCE + 2 * at }));
const ids = (count: number): Bodies["receipts"] => ({ ids: Array.from({ length: count }, () => id) });
const plain = (action: "logout" | "release" | "status") => (name: Name) => requestBytes(action, name, {});

const PREKEY_ID = 1_000;
const oneTime = (count: number) => Array.from({ length: count }, (_, at) => ({ id: PREKEY_ID + at, key }));
const signedPrekey = { id: PREKEY_ID, key, signature };
const publish = (body: Bodies["publish"]) => (name: Name) => requestBytes("publish", name, body);

/** Of requests. */
export const REQUEST_SIZES: readonly Size[] = [
  size("`info`", (name) => requestBytes("info", name, {})),
  size("`register`", (name) => requestBytes("register", name, { name, key })),
  size("`prove`, of a registration with a recovery key", (name) => requestBytes("prove", name, registration)),
  size("`login`", (name) => requestBytes("login", name, { name })),
  size("`prove`, of a log-in", (name) => requestBytes("prove", name, { purpose: "login", challenge })),
  size("`logout`", plain("logout")),
  size("`lookup`", (name) => requestBytes("lookup", name, { name })),
  size("`keyLog`", (name) => requestBytes("keyLog", name, { name, from: 1 })),
  size("`rotate` or `recover`, with a recovery key", (name) => requestBytes("rotate", name, newKey)),
  size("`release`", plain("release")),
  size("`send`, body of 120 bytes", send(120)),
  size("`send`, body of 400 bytes", send(400)),
  size("`send`, body of 1,300 bytes", send(1300)),
  size("`send`, body of 400 bytes and a copy of 300", send(400, 300)),
  size("`fetch`", (name) => requestBytes("fetch", name, { after: SEQUENCE, packets: 3 })),
  size("`ack`, one range", (name) => requestBytes("ack", name, { ranges: ranges(1) })),
  size("`ack`, 32 ranges", (name) => requestBytes("ack", name, { ranges: ranges(32) })),
  size("`receipts`, one id", (name) => requestBytes("receipts", name, ids(1))),
  size("`receipts`, 64 ids", (name) => requestBytes("receipts", name, ids(64))),
  size("`status`", plain("status")),
  size("`groupCreate`, name of 25 bytes", (name) => requestBytes("groupCreate", name, GROUP_REQUEST_SIZES.groupCreate)),
  size("`group`", (name) => requestBytes("group", name, GROUP_REQUEST_SIZES.group)),
  size("`groupChange`, an invitation", (name) =>
    requestBytes("groupChange", name, GROUP_REQUEST_SIZES.invitation(name)),
  ),
  size("`groupSend`, handshake of 120 bytes", (name) => requestBytes("groupSend", name, GROUP_REQUEST_SIZES.send)),
  size("`groupLog`, `groupMembers`", (name) => requestBytes("groupLog", name, GROUP_REQUEST_SIZES.page)),
  size("`contact`, with a note of 200 bytes", (name) =>
    requestBytes("contact", name, { verb: "request", name, note: new Uint8Array(200) }),
  ),
  size("`contacts`", (name) => requestBytes("contacts", name, { after: 100, packets: 3 })),
  size("`policy`", (name) => requestBytes("policy", name, { policy: "contacts" })),
  size(
    "`publish`, a signed prekey and a last resort",
    publish({ signed: signedPrekey, lastResort: signedPrekey, oneTime: [], replace: false }),
  ),
  size("`publish`, 10 one-time prekeys", publish({ oneTime: oneTime(10), replace: false })),
  size("`publish`, 50 one-time prekeys", publish({ oneTime: oneTime(50), replace: true })),
  size("`take`", (name) => requestBytes("take", name, { name })),
  size("`prekeys`", (name) => requestBytes("prekeys", name, {})),
  size("`history`, of one conversation", (name) => requestBytes("history", name, { name, after: 100, packets: 3 })),
  size("`unread`", (name) => requestBytes("unread", name, { after: SEQUENCE, packets: 3 })),
];

const info = (addresses: number): Answers["info"] => ({
  identity: key,
  replyKey: { key: new Uint8Array(91), signature },
  addresses: { list: Array.from({ length: addresses }, () => new Uint8Array(96)), signature },
  versions: [1, 2],
  epoch: 1,
  time: TIME,
  limits: { window: 900, outcomes: 86_400, challenge: 300, maxBody: 65_536, maxHours: 720 },
});
const stated = (algorithm: "p256" | "ed25519", bytes: number) => (name: Name) =>
  answerBytes("lookup", {
    name,
    hour: HOUR,
    user: { name, algorithm, key: new Uint8Array(bytes), keyVersion: KEY_VERSION },
  });
const contactList = (count: number, name: Name): Answers["contacts"] => ({
  entries: Array.from({ length: count }, (_, at) => ({
    ...{ cursor: 100 + at, name, relation: "contact", blocked: false, hour: HOUR, keyVersion: KEY_VERSION },
  })),
  more: true,
  policy: "everyone",
});
const logged = (count: number): Answers["keyLog"]["versions"] =>
  Array.from({ length: count }, (_, at) => ({
    ...{ version: KEY_VERSION + at, by: "rotation", hour: HOUR, key, recovery: key, signature },
  }));
const counts = { messages: 1_000, bytes: 1_000_000 };

const taken = (given: Partial<Answers["take"]>) => (name: Name) =>
  answerBytes("take", {
    user: { name, algorithm: "ed25519", key, keyVersion: KEY_VERSION },
    signed: { ...signedPrekey, hour: HOUR },
    oneTime: undefined,
    lastResort: undefined,
    ...given,
  });
const copies = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, at) => ({ cursor: 100 + at, id, hour: HOUR, copy: new Uint8Array(bytes) }));
const senders = (count: number, sender: string) =>
  Array.from({ length: count }, (_, at) => ({ cursor: SEQUENCE + at, sender, group: undefined, messages: 12 }));
const published = { id: PREKEY_ID, hour: HOUR };

/** Of replies, and what is pushed. */
export const REPLY_SIZES: readonly Size[] = [
  size("any refusal, with a time", () =>
    itemBytes(encodeReply({ dialect: "v2", id, action: "send", result: "mailboxFull", after: 600 }, signer)),
  ),
  size("`info`, a pool of 1", () => answerBytes("info", info(1))),
  size("`info`, a pool of 8", () => answerBytes("info", info(8))),
  size("`register`, `login`", () => answerBytes("register", { challenge })),
  size("`prove`, `rotate`, `recover`", () => answerBytes("prove", { keyVersion: KEY_VERSION })),
  size("`lookup`, a user of v2", stated("ed25519", 32)),
  size("`lookup`, a user of v1", stated("p256", 91)),
  size("`lookup`, nobody", (name) => answerBytes("lookup", { name, hour: HOUR, user: undefined })),
  size("`keyLog`, nobody", () => answerBytes("keyLog", { versions: [], more: false })),
  size("`keyLog`, ten versions", () => answerBytes("keyLog", { versions: logged(10), more: true })),
  size("`send`, `ack`, `logout`, `release`", () => answerBytes("send", {})),
  size("`receipts`, 64 ids", () => answerBytes("receipts", { states: ids(64).ids.map(() => "delivered") })),
  size("`status`", () =>
    answerBytes("status", {
      keyVersion: KEY_VERSION,
      routed: true,
      waiting: counts,
      quota: counts,
      fullSince: HOUR,
      lastSequence: SEQUENCE,
    }),
  ),
  size("`group`, one that is listed", () => answerBytes("group", GROUP_ANSWER_SIZES.group)),
  size("`group`, none", () => answerBytes("group", GROUP_ANSWER_SIZES.hidden)),
  size("`groupLog`, ten changes", (name) => answerBytes("groupLog", GROUP_ANSWER_SIZES.log(10, name))),
  size("`groupMembers`, a hundred", (name) => answerBytes("groupMembers", GROUP_ANSWER_SIZES.members(100, name))),
  size("`contact`, `policy`", () => answerBytes("contact", {})),
  size("`contacts`, ten entries", (name) => answerBytes("contacts", contactList(10, name))),
  size("`publish`", () => answerBytes("publish", { count: 200 })),
  size("`take`, a one-time prekey", taken({ oneTime: { id: PREKEY_ID, key } })),
  size("`take`, a last resort", taken({ lastResort: signedPrekey })),
  size("`prekeys`", () =>
    answerBytes("prekeys", { count: 200, most: 200, signed: published, lastResort: published, digest: key }),
  ),
  size("`history`, ten copies of 120 bytes", () => answerBytes("history", { copies: copies(10, 120), more: true })),
  size("`unread`, ten senders", (name) => answerBytes("unread", { senders: senders(10, name), more: true })),
  size("`fetch`, ten messages of 120 bytes", (name) =>
    answerBytes("fetch", { items: messages(10, name, 120), more: true, fullSince: HOUR }),
  ),
  size("a push of a handshake of 120 bytes to a group", (name) => pushBytes([GROUP_ITEM_SIZES.message(name)])),
  size("a push of a change of a group", () => pushBytes([GROUP_ITEM_SIZES.event])),
  size("a push of a message of 120 bytes", (name) => pushBytes(messages(1, name, 120))),
  size("a push of a message of 1,300 bytes", (name) => pushBytes(messages(1, name, 1300), true)),
  size("a push of a notice of few prekeys", () => pushBytes([{ sequence: SEQUENCE, kind: "prekeys", count: 200 }])),
  size("a push of ten messages of 120 bytes", (name) => pushBytes(messages(10, name, 120))),
];
