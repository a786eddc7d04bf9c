/** The dumb model: who there is, what was asked, and what has become of each message, as plain records. */
import type { Signer, Unsigned } from "../v2-user/account.js";
import { hourAfter } from "../../src/util/time.js";

/** Counts what happens, in the order in which it happened. */
export type Tick = number;

/** A key of a user: from when on it may be theirs, and from when on it is. */
export interface KnownKey {
  readonly version: number;
  readonly key: string;
  readonly asked: Tick;
  confirmed: Tick | undefined;
}

/** A user. */
export interface Person {
  readonly name: string;
  readonly keys: KnownKey[];
  registered: Tick | undefined;
  releaseAsked: Tick | undefined;
  released: Tick | undefined;
  /** What each sequence of the mailbox was seen to be, and back. */
  readonly items: Map<number, string>;
  readonly sequences: Map<string, number>;
  /** Sequences that have reached the user, and those that have not been acknowledged yet. */
  readonly arrived: Set<number>;
  readonly unacknowledged: Set<number>;
  /** Acknowledgements of these were on their way, or were answered, and when that was first. */
  readonly acknowledging: Set<number>;
  readonly acknowledged: Map<number, Tick>;
  /** The tags of which one is the user's route, none after a log-out, and when that was last decided. */
  route: { readonly tags: ReadonlySet<string>; readonly decided: Tick };
}

/** A message, by the id of its request. */
export interface Message {
  readonly id: string;
  readonly from: Person;
  readonly to: Person;
  readonly body: Buffer;
  readonly receipt: boolean;
  /** When it was sent first. */
  readonly asked: Tick;
  /** The earliest moment (milliseconds since 1970) after which it may have expired. */
  readonly livesUntil: number;
  stored: Tick | undefined;
  /** Another message was sent under its id. */
  contested: boolean;
  arrived: boolean;
  /** What the sender was told in the end. */
  receiptState: string | undefined;
}

/** A request, by its id. */
export interface Asked {
  readonly request: Unsigned;
  readonly person: Person;
  readonly asked: Tick;
  /** When the directory's Nym client had it first, and last. */
  received: Tick | undefined;
  latest: Tick | undefined;
  answered: boolean;
}

/** What a run amounts to. */
export interface Figures {
  requests: number;
  stored: number;
  delivered: number;
  expired: number;
  refused: number;
  /** Items handed over, also again. */
  items: number;
  itemsAgain: number;
  /** Items handed over after the answer to their acknowledgement: never. */
  itemsAfterAcknowledgement: number;
  packetsUp: number;
  packetsDown: number;
  surbsBrought: number;
  /** Packets handed over beyond the SURBs that their tag brought: never. */
  packetsBeyondSurbs: number;
  /** SURBs that copies of requests said they brought: nobody can tell them from repetitions. */
  surbsClaimedByCopies: number;
  /** Of replies that were sent again because their connection was lost: they may not have gone out before. */
  packetsRepeated: number;
  surbsAskedFor: number;
  retransmissions: number;
  kills: number;
  restarts: number;
  /** Requests under way at those moments. */
  underWayAtRestarts: number;
  tagChanges: number;
  nymClientCrashes: number;
}

/** All noughts. */
export function newFigures(): Figures {
  return {
    ...{ requests: 0, stored: 0, delivered: 0, expired: 0, refused: 0, items: 0, itemsAgain: 0 },
    ...{ itemsAfterAcknowledgement: 0, packetsUp: 0, packetsDown: 0, surbsBrought: 0, packetsBeyondSurbs: 0 },
    ...{
      surbsClaimedByCopies: 0,
      packetsRepeated: 0,
      surbsAskedFor: 0,
      retransmissions: 0,
      kills: 0,
      restarts: 0,
      tagChanges: 0,
    },
    underWayAtRestarts: 0,
    nymClientCrashes: 0,
  };
}

const HOUR_MS = 3_600_000;
const MAX_TRACE = 80;

/** The books of one run. */
export class Ledger {
  readonly people = new Map<string, Person>();
  readonly messages = new Map<string, Message>();
  readonly asked = new Map<string, Asked>();
  readonly figures = newFigures();
  readonly violations: string[] = [];
  /** What happened before the first violation, for who has to find out why. */
  before: readonly string[] = [];
  readonly #trace: string[] = [];
  /** Messages that a mailbox holds from one sender, and from all. */
  readonly room: { readonly each: number; readonly all: number };
  /** How long a message waits at most, in milliseconds. */
  readonly messageTtl: number;
  readonly #clock: () => number;
  #tick: Tick = 0;

  constructor(clock: () => number, { mailbox, messageTtl }: { readonly mailbox: number; readonly messageTtl: number }) {
    this.#clock = clock;
    this.messageTtl = messageTtl;
    this.room = { each: Math.max(1, Math.floor(mailbox / 16)), all: Math.floor(mailbox / 2) };
  }

  now(): Tick {
    return ++this.#tick;
  }

  clock(): number {
    return this.#clock();
  }

  note(text: string): void {
    this.#trace.push(`${this.#tick}: ${text}`);
    if (this.#trace.length > 2 * MAX_TRACE) this.#trace.splice(0, MAX_TRACE);
  }

  violation(text: string): void {
    if (this.violations.length === 0) this.before = this.#trace.slice(-MAX_TRACE);
    // The first say it all, and a broken run says the same thing again and again.
    if (this.violations.length < 50) this.violations.push(`${this.#tick}: ${text}`);
  }

  addPerson(name: string): Person {
    const person: Person = {
      name,
      ...{ keys: [], registered: undefined, releaseAsked: undefined, released: undefined },
      ...{ items: new Map(), sequences: new Map(), arrived: new Set(), unacknowledged: new Set() },
      ...{ acknowledging: new Set(), acknowledged: new Map(), route: { tags: new Set(), decided: 0 } },
    };
    this.people.set(name, person);
    return person;
  }

  person(name: string): Person {
    const person = this.people.get(name);
    if (person === undefined) throw new Error("nobody of that name");
    return person;
  }

  /** A user asks for something, for the first time or once more. */
  asking(request: Unsigned, { name }: Pick<Signer, "name">): void {
    const id = hex(request.id);
    const person = this.person(name);
    if (this.asked.has(id)) return;
    this.figures.requests++;
    const asked = this.now();
    this.asked.set(id, { request, person, asked, received: undefined, latest: undefined, answered: false });
    switch (request.action) {
      case "send":
        return this.#sending(id, request, person, asked);
      case "release":
        person.releaseAsked ??= asked;
        return;
      case "prove":
        if (request.body.purpose === "registration" && person.keys.length === 0)
          person.keys.push({ version: 1, key: hex(request.body.key), asked, confirmed: undefined });
        return;
      case "rotate":
      case "recover": {
        const version = (person.keys.at(-1)?.version ?? 0) + 1;
        person.keys.push({ version, key: hex(request.body.key), asked, confirmed: undefined });
        return;
      }
      default:
    }
  }

  #sending(id: string, { body }: Extract<Unsigned, { action: "send" }>, from: Person, asked: Tick): void {
    const ttl = Math.min(body.hours === undefined ? Infinity : body.hours * HOUR_MS, this.messageTtl);
    this.messages.set(id, {
      ...{ id, from, to: this.person(body.recipient), body: Buffer.from(body.body), receipt: body.receipt, asked },
      livesUntil: hourAfter(this.#clock() + ttl) * HOUR_MS,
      ...{ stored: undefined, contested: false, arrived: false, receiptState: undefined },
    });
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
