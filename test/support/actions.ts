/** Actions asked directly: requests, users and contexts as the pipeline would give them. */
import { createHash } from "node:crypto";
import type { DecisionContext, DecisionSettings, DirectoryFacts, Parsed, Verified } from "../../src/actions/action.js";
import type { Challenge } from "../../src/actions/challenge.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import type { Dialect } from "../../src/protocol/v1/reply.js";
import type { Consent } from "../../src/store/contacts.js";
import type { Route, User } from "../../src/store/rows.js";
import type { UserId } from "../../src/store/identifiers.js";
import { aliceKey, bobKey } from "./v1-replies.js";
import { nymchat } from "./v1-vectors.js";

const HOUR = 3_600_000;

/** 2026-01-01 00:30. */
export const NOW = Date.UTC(2026, 0, 1, 0, 30);

export const settings: DecisionSettings = {
  challengeTtl: 300_000,
  routeTtl: 25 * HOUR,
  messageTtl: 48 * HOUR,
  replayTtl: 720 * HOUR,
  requestWindow: HOUR / 6,
  outcomeTtl: 24 * HOUR,
  nameHold: 720 * HOUR,
  recoveryWindow: 72 * HOUR,
  maxBodyBytes: 16_384,
  groups: { perUser: 10, logEntries: 100 },
  mailbox: { messages: 100, bytes: 1_000_000 },
  contacts: { all: 20, received: 5 },
  contactRequestTtl: 720 * HOUR,
  history: { copies: 5, bytes: 65_536 },
  copyTtl: 720 * HOUR,
  prekeys: { most: 10, perHour: 4, low: 2 },
  reservedNames: new Set(["admin"]),
};

/** A MAC that tests can compute too; the length of each part counts. */
export function mac(purpose: string, ...parts: readonly (string | number | Uint8Array)[]): Uint8Array {
  const hash = createHash("sha256").update(purpose);
  for (const part of parts) {
    const bytes = typeof part === "object" ? part : Buffer.from(`${typeof part}${part}`);
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest().subarray(0, 16);
}

const identity = new Uint8Array(32).fill(7);

/** What the directory of these tests is. */
export const directory: DirectoryFacts = {
  identity,
  epoch: 1,
  info: {
    identity,
    replyKey: { key: aliceKey, signature: new Uint8Array(64) },
    addresses: { list: [], signature: new Uint8Array(64) },
    versions: [1, 2],
    epoch: 1,
    limits: { window: 600, outcomes: 86_400, challenge: 300, maxBody: 16_384, maxHours: 48 },
  },
};

/** A context whose random bytes are the recorded nonce. */
export const context: DecisionContext = {
  now: NOW,
  random: (bytes) => Buffer.from(nymchat.nonce, "hex").subarray(0, bytes),
  settings,
  mac,
  directory,
};

/** The route with that tag. */
export function routeOf(tag: string): Route {
  return { client: "client", incarnation: 1, tag: tag as SenderTag };
}

export const origin: Route = routeOf("aa");

export const alice: User = {
  id: 1 as UserId,
  name: "Alice",
  algorithm: "p256",
  key: aliceKey,
  keyVersion: 3,
  recoveryKey: undefined,
};
export const bob: User = {
  id: 2 as UserId,
  name: "bob",
  algorithm: "p256",
  key: bobKey,
  keyVersion: 1,
  recoveryKey: undefined,
};

/** A request as decoded. */
export function parsed<Body>(body: Body, dialect: Dialect = "long"): Parsed<Body> {
  return { dialect, body, origin, credit: 10 };
}

/** A request whose proof held, with that version of the key. */
export function verified<Body>(body: Body, keyVersion: number, dialect: Dialect = "long"): Verified<Body> {
  return { ...parsed(body, dialect), keyVersion, keysAcceptable: true, __verified: true };
}

/** Every row that some action of v1 reads. */
interface Rows {
  readonly user: User | undefined;
  readonly sender: User | undefined;
  readonly recipient: User | undefined;
  readonly replay: true | undefined;
  readonly held: true | undefined;
  readonly stopped: true | undefined;
  readonly consent: Consent | undefined;
  readonly challenge: Challenge | undefined;
}

/** The rows that were found; no others were. */
export function loaded(rows: Partial<Rows>): Rows {
  const nobody = { user: undefined, sender: undefined, recipient: undefined };
  const nothing = { replay: undefined, held: undefined, stopped: undefined, consent: undefined, challenge: undefined };
  return { ...nobody, ...nothing, ...rows };
}

/** A pending registration of alice's key. */
export const pendingRegistration: Challenge = {
  purpose: "registration",
  nonce: nymchat.nonce,
  lasts: settings.challengeTtl,
  key: aliceKey,
  name: "Alice",
};

/** A pending login of alice. */
export const pendingLogin: Challenge = {
  purpose: "login",
  nonce: nymchat.nonce,
  lasts: settings.challengeTtl,
  key: aliceKey,
  name: "aLICE",
  user: alice.id,
  keyVersion: alice.keyVersion,
};
