/**
 * The contract of an action: one file for each, under `v1/` (and `v2/`), and a total table of them. An action is pure:
 * it names the rows that it needs, says what must be proven, and decides. It never reads, writes, signs or sends.
 */
import type { Dialect as V1Dialect, Reply as V1Reply } from "../protocol/v1/reply.js";
import type { UnsupportedReply } from "../protocol/v1/unsupported.js";
import type { Info, V2Reply } from "../protocol/v2/reply.js";
import type { Change } from "../store/changes.js";
import type { ContactSums } from "../store/contacts.js";
import type { HistoryBounds } from "../store/history.js";
import type { MailboxQuota } from "../store/store.js";
import type { Reads, Route, RowsOf } from "../store/rows.js";
import type { UserId } from "../store/identifiers.js";
import type { CounterName } from "../telemetry/counters.js";
import type { Challenge, ChallengeChange } from "./challenge.js";
import type { Proof } from "./proof.js";

/** How a request was written, and so how its reply is: one of the forms of v1, or v2. */
export type Dialect = V1Dialect | "v2";
/** A reply of either protocol, before it is sealed. */
export type Reply = V1Reply | UnsupportedReply | V2Reply;

/** A request whose shape is known and whose claims are not: what comes out of the decoder. */
export interface Parsed<Body, D extends Dialect = V1Dialect> {
  readonly dialect: D;
  readonly body: Body;
  /** Where it came in, which is where its reply goes and, if it proves itself, the route of its sender. */
  readonly origin: Route;
  /** Packets that SURBs at hand can carry back, the reply's own among them: at least 1. */
  readonly credit: number;
}

/** A request whose proof holds. Only the verify stage makes one. */
export interface Verified<Body, D extends Dialect = V1Dialect> extends Parsed<Body, D> {
  /** Version of the key that the proof was checked with; 0 where nothing had to be proven. */
  readonly keyVersion: number;
  /** Whether all the new keys that the proof names are acceptable (see `isAcceptableKey`). */
  readonly keysAcceptable: boolean;
  readonly __verified: true;
}

/** What a decision may depend on besides the request and the rows. */
export interface DecisionContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Fresh random bytes. */
  readonly random: (bytes: number) => Buffer;
  readonly settings: DecisionSettings;
  readonly mac: Mac;
  readonly directory: DirectoryFacts;
}

/** What the directory is, as v2 binds it into signatures and tells it. */
export interface DirectoryFacts {
  /** The identity key: 32 bytes of Ed25519. */
  readonly identity: Uint8Array;
  /** See `Store.epoch`. */
  readonly epoch: number;
  /** What `info` says besides the time. */
  readonly info: Omit<Info, "time">;
}

/** 16-byte HMAC-SHA-256 under a key that never leaves this directory, over the parts, each length-prefixed. */
export type Mac = (
  purpose: "replay" | "origin" | "challenge" | "outcome" | "request" | "conversation",
  ...parts: readonly (string | number | Uint8Array)[]
) => Uint8Array;

/** The settings that decisions obey; times in milliseconds. */
export interface DecisionSettings {
  readonly challengeTtl: number;
  readonly routeTtl: number;
  readonly messageTtl: number;
  readonly replayTtl: number;
  /** How far the time of a v2 signature may be from ours, to both sides. */
  readonly requestWindow: number;
  /** How long the outcome of a v2 request is remembered: at least twice the window. That of a `send`: after its expiry. */
  readonly outcomeTtl: number;
  /** How long a released name is nobody's. */
  readonly nameHold: number;
  /** How long a rotation can be undone with the recovery key that it replaced. */
  readonly recoveryWindow: number;
  /** The largest body of a v2 message, in bytes. */
  readonly maxBodyBytes: number;
  /** What a mailbox holds at most. */
  readonly mailbox: MailboxQuota;
  readonly groups: GroupSettings;
  /** What a list of contacts holds at most, and how many of these who have asked. */
  readonly contacts: ContactSums;
  /** How long a request to be a contact waits. */
  readonly contactRequestTtl: number;
  readonly prekeys: PrekeySettings;
  /** How much a user can keep of what they sent, and for how long. */
  readonly history: HistoryBounds;
  readonly copyTtl: number;
  /** Folded names that nobody can register. */
  readonly reservedNames: ReadonlySet<string>;
}

/** How groups are bounded. */
export interface GroupSettings {
  /** Groups that one user can be in or ask to be, and as many invitations that wait for them. */
  readonly perUser: number;
  /** Changes that a group's log goes back. */
  readonly logEntries: number;
}

/** How a user's one-time prekeys are bounded. */
export interface PrekeySettings {
  /** How many there can be. */
  readonly most: number;
  /** How many can be taken in an hour; strangers together can take half of them. */
  readonly perHour: number;
  /** Their owner is told when fewer are left. */
  readonly low: number;
}

/** What an action decided: one reply, and changes that take effect together before it is released. */
export interface Decision {
  readonly reply: Reply | undefined;
  readonly changes: readonly Change[];
  /** What becomes of the challenge of this origin, once the changes are committed. */
  readonly challenge?: ChallengeChange;
  /** What is counted of it, however it ends. */
  readonly count?: Extract<CounterName, `contacts.${string}`>;
  /** The reply instead, when the store refuses the changes (a mailbox is full). */
  readonly refused?: Reply;
}

/** The rows of an action, with the pending challenge of its origin and purpose: never one that has expired. */
export type Loaded<R extends Reads> = RowsOf<R> & { readonly challenge: Challenge | undefined };

/** The store cannot read or write; conflicts do not end; the user is over a limit of their own, or everybody together is. */
export type Failure = "unavailable" | "busy" | "limited";

/** One action. Methods, so that the table of actions can forget each one's own rows. */
export interface Action<Body, R extends Reads = Reads, N extends Reads = R, D extends Dialect = V1Dialect> {
  /** Whether no decision on it ever changes anything, be it a challenge. */
  readonly readOnly: boolean;
  /** The purpose of the challenge that this action issues or answers, if it does. */
  readonly challenge?: Challenge["purpose"];
  /** The rows that the action needs, given the pending challenge. */
  reads(request: Parsed<Body, D>, challenge: Challenge | undefined): R;
  /** The further rows whose keys only the first tell. */
  readsNext?(request: Parsed<Body, D>, rows: Loaded<R>, context: DecisionContext): N;
  /** What must be proven, given the rows. */
  proof(request: Parsed<Body, D>, rows: Loaded<R & N>, context: DecisionContext): Proof;
  /** The user, once proven, to whose own limit the request is charged. */
  account?(rows: Loaded<R & N>): UserId | undefined;
  /** The decision, when the proof holds. */
  decide(request: Verified<Body, D>, rows: Loaded<R & N>, context: DecisionContext): Decision;
  /** The decision, when it does not. */
  unproven(request: Parsed<Body, D>, rows: Loaded<R & N>): Decision;
  /** The reply when nothing could be decided or committed. */
  failed(request: Parsed<Body, D>, why: Failure): Reply | undefined;
}
