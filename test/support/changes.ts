/** Changes for tests of stores: every field has a value that depends on few numbers. */
import { createHash } from "node:crypto";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import type { Change } from "../../src/store/changes.js";
import type { SignedPrekeyRow } from "../../src/store/prekeys.js";
import type { HistoryChange } from "../../src/store/history.js";
import type { Contact } from "../../src/store/contacts.js";
import { NO_CONTACT } from "../../src/store/contacts.js";
import type { Route } from "../../src/store/rows.js";
import type { Sequence, UserId } from "../../src/store/identifiers.js";
import { foldName } from "../../src/store/identifiers.js";
import type { Swept } from "../../src/store/store.js";
import type { Hour } from "../../src/util/time.js";

type ChangeOf<Kind extends Change["kind"]> = Extract<Change, { kind: Kind }>;

/** The hour at which tests of stores begin. */
const START = 490_000 as Hour;
export const CLIENT = "8QH9RfBGRJGCvKyAtSdXKWUhkCGiUoSa6NqZSxuoLJyv";

/** `hours` after `START`. */
export function hour(hours: number): Hour {
  return (START + hours) as Hour;
}

/** The time at which hour `START + hours` begins to be the present one, in milliseconds. */
export function at(hours: number): number {
  return (START + hours) * 3_600_000;
}

export function id(user: number): UserId {
  return user as UserId;
}

/** What a sweep reports that found so much, and nothing else. */
export function swept(rows: Partial<Swept> = {}): Swept {
  return {
    deliveries: 0,
    replays: 0,
    routes: 0,
    outcomes: 0,
    heldNames: 0,
    takenPrekeys: 0,
    copies: 0,
    contactRequests: 0,
    phantoms: 0,
    ...rows,
  };
}

export function sequences(...numbers: number[]): Sequence[] {
  return numbers as Sequence[];
}

export function tag(seed: number): SenderTag {
  return createHash("md5").update(`tag ${seed}`).digest("hex") as SenderTag;
}

export function digest(seed: number): Buffer {
  return createHash("md5").update(`digest ${seed}`).digest();
}

function route(tagSeed: number, change: Partial<Route> = {}): Route {
  return { client: CLIENT, incarnation: 1, tag: tag(tagSeed), ...change };
}

/** A user whose route has the tag `tagSeed` and expires after a day. */
export function insertUser(name: string, tagSeed: number): ChangeOf<"insertUser"> {
  return {
    kind: "insertUser",
    name,
    folded: foldName(name),
    algorithm: "p256",
    key: Buffer.from(`key of ${name}`),
    signature: Buffer.from(`signature of ${name}`),
    created: START,
    route: route(tagSeed),
    routeExpires: hour(24),
  };
}

/** A user without a route, whom another directory has registered. */
export function importUser(name: string): ChangeOf<"importUser"> {
  return { kind: "importUser", name, folded: foldName(name), key: Buffer.from(`key of ${name}`), created: START };
}

export function reserveName(name: string): ChangeOf<"reserveName"> {
  return { kind: "reserveName", folded: foldName(name) };
}

export function freeName(name: string): ChangeOf<"freeName"> {
  return { kind: "freeName", folded: foldName(name) };
}

export function setRegistrations(stopped: boolean): ChangeOf<"setRegistrations"> {
  return { kind: "setRegistrations", stopped };
}

export function moveRoute(user: number, tagSeed: number, keyVersion = 1, expires = hour(24)): ChangeOf<"moveRoute"> {
  return { kind: "moveRoute", user: id(user), keyVersion, route: route(tagSeed), expires };
}

export function refreshRoute(
  user: number,
  tagSeed: number,
  keyVersion = 1,
  expires = hour(48),
): ChangeOf<"refreshRoute"> {
  return { kind: "refreshRoute", user: id(user), keyVersion, route: route(tagSeed), expires };
}

export function rememberReplay(seed: number, expires = hour(24)): ChangeOf<"rememberReplay"> {
  return { kind: "rememberReplay", digest: digest(seed), expires };
}

export function storeMessage(
  recipient: number,
  payload: string | Uint8Array,
  originSeed = 0,
  expires = hour(24),
): ChangeOf<"storeMessage"> {
  return {
    kind: "storeMessage",
    recipient: id(recipient),
    origin: digest(originSeed),
    payload: Buffer.from(payload as Uint8Array),
    expires,
  };
}

export function eraseDeliveries(recipient: number, ...numbers: number[]): ChangeOf<"eraseDeliveries"> {
  return { kind: "eraseDeliveries", recipient: id(recipient), sequences: sequences(...numbers), as: "handedOver" };
}

/** Ranges as pairs of a first and a last sequence. */
export function acknowledge(
  user: number,
  pairs: readonly (readonly [number, number])[],
  keyVersion = 1,
): ChangeOf<"acknowledge"> {
  return { kind: "acknowledge", user: id(user), keyVersion, ranges: pairs.map(([first, last]) => ({ first, last })) };
}

export function rememberOutcome(seed: number, code = 100, expires = hour(24)): ChangeOf<"rememberOutcome"> {
  return { kind: "rememberOutcome", id: outcomeId(seed), digest: digest(seed), code, expires };
}

export function outcomeId(seed: number): Buffer {
  return createHash("md5").update(`outcome ${seed}`).digest();
}

/** A message whose outcome has the seed of its number, and that asks for a receipt if it says for whom. */
export function sendMessage(
  recipient: number,
  number: number,
  { payload = `message ${number}`, origin = 0, expires = hour(24), outcomeExpires = hour(24), receiptTo = 0 } = {},
): ChangeOf<"storeMessage"> {
  return {
    ...storeMessage(recipient, payload, origin, expires),
    outcome: { id: outcomeId(number), expires: outcomeExpires },
    ...(receiptTo > 0 && { receipt: { to: id(receiptTo), id: messageId(number) } }),
  };
}

/** As if that message were refused for want of consent. */
export function refused(message: ChangeOf<"storeMessage">): ChangeOf<"refuseMessage"> {
  return { ...message, kind: "refuseMessage" };
}

export function messageId(number: number): Buffer {
  return createHash("md5").update(`message ${number}`).digest();
}

export function changeKey(
  user: number,
  keyVersion: number,
  change: Partial<ChangeOf<"changeKey">> = {},
): ChangeOf<"changeKey"> {
  return {
    kind: "changeKey",
    user: id(user),
    keyVersion,
    key: Buffer.from(`key ${keyVersion + 1} of ${user}`),
    by: "rotation",
    signature: Buffer.from(`signature of key ${keyVersion + 1} of ${user}`),
    at: START,
    ...change,
  };
}

/** What `user` has of `other` becomes `after`, from nothing if it does not say. */
export function setContact(
  user: number,
  other: number,
  after: Contact,
  change: Partial<ChangeOf<"setContact">> = {},
): ChangeOf<"setContact"> {
  const bounds = { all: 100, received: 100 };
  const common = { kind: "setContact", before: NO_CONTACT, hour: hour(0), expires: hour(24), bounds } as const;
  return { ...common, user: id(user), other: id(other), after, ...change };
}

/** A relation, and perhaps a block. */
export function related(relation: Contact["relation"], blocked = false): Contact {
  return { relation, blocked };
}

export function setPolicy(
  user: number,
  policy: ChangeOf<"setPolicy">["policy"],
  keyVersion = 1,
): ChangeOf<"setPolicy"> {
  return { kind: "setPolicy", user: id(user), keyVersion, policy };
}

export function notify(user: number, payload: string, { wanted = true, origin = 0 } = {}): ChangeOf<"notify"> {
  return {
    kind: "notify",
    user: id(user),
    origin: digest(origin),
    payload: Buffer.from(payload),
    expires: hour(24),
    wanted,
  };
}

export function endRoute(user: number, keyVersion = 1): ChangeOf<"endRoute"> {
  return { kind: "endRoute", user: id(user), keyVersion };
}

export function releaseUser(user: number, name: string, keyVersion = 1, heldUntil = hour(24)): ChangeOf<"releaseUser"> {
  return { kind: "releaseUser", user: id(user), keyVersion, folded: foldName(name), heldUntil };
}

/** One-time prekeys of these ids. */
export function oneTimePrekeys(...ids: readonly number[]): { readonly id: number; readonly key: Buffer }[] {
  return ids.map((number) => ({ id: number, key: Buffer.from(`one-time prekey ${number}`.padEnd(32, ".")) }));
}

/** A prekey with a signature. */
export function signedPrekey(of: string, number: number): Omit<SignedPrekeyRow, "hour"> {
  const key = Buffer.from(`${of} prekey ${number}`.padEnd(32, "."));
  return { id: number, key, signature: Buffer.from(`<signature of ${of} ${number}>`.padEnd(64, ".")) };
}

export function publishPrekeys(
  user: number,
  change: Partial<ChangeOf<"publishPrekeys">> = {},
  keyVersion = 1,
): ChangeOf<"publishPrekeys"> {
  const nothing = { oneTime: [], replace: false, most: 9, hour: hour(0) };
  return { kind: "publishPrekeys", user: id(user), keyVersion, ...nothing, ...change };
}

/** The request that takes it has the outcome of that seed. */
export function takePrekey(
  user: number,
  prekey: number,
  seed: number,
  change: Partial<ChangeOf<"takePrekey">> = {},
): ChangeOf<"takePrekey"> {
  return {
    kind: "takePrekey",
    user: id(user),
    keyVersion: 1,
    id: prekey,
    outcome: { id: outcomeId(seed), expires: hour(24) },
    hour: hour(0),
    stranger: true,
    most: { all: 100, strangers: 100 },
    low: 0,
    ...change,
  };
}

/** 16 bytes for a conversation. */
export function conversation(seed: number): Buffer {
  return createHash("md5").update(`conversation ${seed}`).digest();
}

/** Keeps a copy of what `user` sent in a conversation, with the outcome id of `seed`, for a day. */
export function keepCopy(user: number, seed: number, change: Partial<HistoryChange> = {}): HistoryChange {
  return {
    kind: "keepCopy",
    user: id(user),
    conversation: conversation(1),
    id: outcomeId(seed),
    copy: Buffer.from(`sealed copy ${seed}`),
    hour: START,
    expires: hour(24),
    most: { copies: 100, bytes: 10_000 },
    ...change,
  };
}
