/** Judges what users are answered by what the model knows. */
import { verify } from "node:crypto";
import type { Result } from "../../src/protocol/v2/codes.js";
import { ed25519Der } from "../../src/protocol/v2/ed25519.js";
import { statementText } from "../../src/protocol/v2/signed-texts.js";
import type { RawUser, ReplyTo } from "../v2-user/raw-user.js";
import { hex, type Ledger, type Message, type Person, type Tick } from "./ledger.js";

/** The judge of one user's answers. */
export class Judge {
  readonly #ledger: Ledger;
  readonly #person: Person;
  readonly #user: RawUser;

  constructor(ledger: Ledger, person: Person, user: RawUser) {
    this.#ledger = ledger;
    this.#person = person;
    this.#user = user;
  }

  /** Whether it is ok. Everything else is a violation, unless the user is leaving. */
  expects<R extends { readonly result: Result }>(what: string, reply: R): reply is Extract<R, { result: "ok" }> {
    if (reply.result === "ok") return true;
    if (!(reply.result === "unauthorized" && this.#user.leaving))
      this.#ledger.violation(`${what} of ${this.#person.name} was answered ${reply.result}`);
    return false;
  }

  /** The answer to a `send` that was asked at `begun`. */
  send(message: Message, reply: ReplyTo<"send">, begun: Tick): void {
    const { to } = message;
    // Replies have ids, not more: this one may be that of the other message.
    if (reply.result === "idReused" && message.contested) return;
    if (reply.result === "notFound") {
      if (isThere(to, begun)) this.#ledger.violation(`${to.name} was not found`);
    } else if (reply.result === "mailboxFull") {
      this.#ledger.figures.refused++;
      if (!this.#mayBeFull(to, begun)) this.#ledger.violation(`the mailbox of ${to.name} cannot be full`);
    } else if (this.expects("send", reply)) {
      if (isGone(to, begun) && message.stored === undefined && isGone(to, message.asked))
        this.#ledger.violation(`a message for ${to.name}, who is gone, was stored`);
      message.stored ??= this.#ledger.now();
    }
  }

  /** The answer to a look-up that was asked at `begun`. */
  lookup(
    of: Person,
    answer: Extract<ReplyTo<"lookup">, { result: "ok" }>["answer"],
    identity: Uint8Array,
    begun: Tick,
  ): void {
    const { signature, ...statement } = answer;
    const key = { key: Buffer.from(ed25519Der(identity)), format: "der", type: "spki" } as const;
    if (!verify(null, statementText(identity, statement), key, signature))
      this.#ledger.violation("the signature of a statement does not hold");
    const { user } = statement;
    if (user === undefined) {
      if (isThere(of, begun)) this.#ledger.violation(`${of.name} was said to be nobody's name`);
      return;
    }
    if (isGone(of, begun)) this.#ledger.violation(`${of.name} was said to be still there`);
    this.keyVersion(of, user.keyVersion, hex(user.key), begun);
  }

  /** A key is one that was asked for, and no older than what was confirmed before the question. */
  keyVersion(of: Person, version: number, key: string | undefined, begun: Tick): void {
    const known = of.keys.find((each) => each.version === version && (key === undefined || each.key === key));
    const before = of.keys.filter(({ confirmed }) => confirmed !== undefined && confirmed < begun);
    if (known === undefined) this.#ledger.violation(`${of.name} has a key that was never asked for`);
    else if (before.some((each) => each.version > version)) this.#ledger.violation(`${of.name} has an old key again`);
  }

  /** What is said of a message that was stored before the question. */
  state(message: Message, state: string): void {
    if (state === "unknown" && this.#ledger.clock() <= message.livesUntil)
      this.#ledger.violation("a stored message is unknown");
  }

  /** Counts everything that may have been in the mailbox since then. */
  #mayBeFull(to: Person, begun: Tick): boolean {
    const { messages, room } = this.#ledger;
    const waiting = [...messages.values()].filter((message) => {
      const sequence = to.sequences.get(`message ${message.id}`);
      return message.to === to && (sequence === undefined || !((to.acknowledged.get(sequence) ?? Infinity) < begun));
    });
    const receipts = [...messages.values()].filter(({ from, receipt }) => from === to && receipt).length;
    const own = waiting.filter(({ from }) => from === this.#person).length;
    return own >= room.each || waiting.length + receipts >= room.all;
  }
}

/** Certainly there at that moment, and ever since. */
function isThere({ registered, releaseAsked }: Person, then: Tick): boolean {
  return registered !== undefined && registered < then && releaseAsked === undefined;
}

/** Certainly gone by that moment. */
function isGone({ released }: Person, then: Tick): boolean {
  return released !== undefined && released < then;
}
