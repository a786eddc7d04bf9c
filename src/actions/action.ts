/**
 * The contract of an action: one file for each, under `v1/` (and `v2/`), and a total table of them. An action is pure:
 * it names the rows that it needs, says what must be proven, and decides. It never reads, writes, signs or sends.
 */
import type { Dialect, Reply } from "../protocol/v1/reply.js";
import type { Change } from "../store/changes.js";
import type { Reads, Route, RowsOf, UserId } from "../store/rows.js";
import type { Challenge, ChallengeChange } from "./challenge.js";
import type { Proof } from "./proof.js";

/** A request whose shape is known and whose claims are not: what comes out of the decoder. */
export interface Parsed<Body> {
  /** How it was written, and so how its reply is. */
  readonly dialect: Dialect;
  readonly body: Body;
  /** Where it came in, which is where its reply goes and, if it proves itself, the route of its sender. */
  readonly origin: Route;
}

/** A request whose proof holds. Only the verify stage makes one. */
export interface Verified<Body> extends Parsed<Body> {
  /** Version of the key that the proof was checked with; 0 where nothing had to be proven. */
  readonly keyVersion: number;
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
}

/** 16-byte HMAC-SHA-256 under a key that never leaves this directory, over the parts, each length-prefixed. */
export type Mac = (purpose: "replay" | "origin", ...parts: readonly (string | number | Uint8Array)[]) => Uint8Array;

/** The settings that decisions obey; times in milliseconds. */
export interface DecisionSettings {
  readonly challengeTtl: number;
  readonly routeTtl: number;
  readonly messageTtl: number;
  readonly replayTtl: number;
  /** Folded names that nobody can register. */
  readonly reservedNames: ReadonlySet<string>;
}

/** What an action decided: one reply, and changes that take effect together before it is released. */
export interface Decision {
  readonly reply: Reply | undefined;
  readonly changes: readonly Change[];
  /** What becomes of the challenge of this origin, once the changes are committed. */
  readonly challenge?: ChallengeChange;
  /** The reply instead, when the store refuses the changes (a mailbox is full). */
  readonly refused?: Reply;
}

/** The rows of an action, with the pending challenge of its origin and purpose: never one that has expired. */
export type Loaded<R extends Reads> = RowsOf<R> & { readonly challenge: Challenge | undefined };

/** One action. Methods, so that the table of actions can forget each one's own rows. */
export interface Action<Body, R extends Reads = Reads, N extends Reads = R> {
  /** The purpose of the challenge that this action issues or answers, if it does. */
  readonly challenge?: Challenge["purpose"];
  /** The rows that the action needs, given the pending challenge. */
  reads(request: Parsed<Body>, challenge: Challenge | undefined): R;
  /** The further rows whose keys only the first tell. */
  readsNext?(request: Parsed<Body>, rows: Loaded<R>, mac: Mac): N;
  /** What must be proven, given the rows. */
  proof(request: Parsed<Body>, rows: Loaded<R & N>): Proof;
  /** The user, once proven, to whose own limit the request is charged. */
  account?(rows: Loaded<R & N>): UserId | undefined;
  /** The decision, when the proof holds. */
  decide(request: Verified<Body>, rows: Loaded<R & N>, context: DecisionContext): Decision;
  /** The decision, when it does not. */
  unproven(request: Parsed<Body>, rows: Loaded<R & N>): Decision;
  /** The reply when the store cannot write, or conflicts do not end. */
  failed(request: Parsed<Body>): Reply | undefined;
}
