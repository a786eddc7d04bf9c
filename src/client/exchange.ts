/**
 * Asks the directory one thing at a time and finds the answer among the replies. v1 has no request ids: replies are
 * matched by what they are about (action and context), so only one request of a topic is ever open, and the ledger says
 * when a reply may belong to an earlier one. Requests are repeated with fresh SURBs; all of them may be repeated.
 */
import pRetry from "p-retry";
import type { NymAddress } from "../protocol/nym-client/address.js";
import { anonymousPackets } from "../protocol/packets.js";
import type { Reply } from "../protocol/v1/reply.js";
import type { V1Action } from "../protocol/v1/request.js";
import type { Clock } from "../util/time.js";
import { ClientError } from "./errors.js";
import { createLedger, type Ledger } from "./ledger.js";
import { createQueue, type Queue } from "./queue.js";
import { sleep } from "./sleep.js";
import { type SurbNeed, surbsFor } from "./surbs.js";
import type { Transport } from "./transport.js";

/** When to ask again and when to give up; times in milliseconds. */
export interface Timing {
  /** How long an answer may take once the request has left the Nym client. */
  readonly answerTimeout: number;
  /** How many times a request is repeated before `timeout` is the outcome. */
  readonly retries: number;
  /** Shortest pause before the first repetition; it doubles each time, and is drawn at random up to twice its length. */
  readonly retryPause: number;
  /** How long after a later reply one that is still missing counts as lost. */
  readonly strayLifetime: number;
}

/** What a reply says to an open question. A reply that names what it is about has no `claim` and is believed at once. */
export interface Judgement<Answer> {
  readonly answer: Answer;
  /** What the reply claims without naming anything; see the ledger. */
  readonly claim?: string;
}

/** One request and how to know its answer. */
export interface Question<Answer> {
  readonly action: V1Action;
  /** Address of the directory to ask at. */
  readonly to: NymAddress;
  /** What it is about: replies to requests with another subject are not answers to it. */
  readonly subject: string;
  readonly message: Uint8Array;
  readonly need: SurbNeed;
  /** `undefined`: the reply answers something else. */
  readonly judge: (reply: Reply) => Judgement<Answer> | undefined;
}

/** What left for the directory: the plaintext's bytes, and the reply SURBs that it brings. */
export interface SentRequest {
  readonly action: V1Action;
  readonly to: NymAddress;
  readonly bytes: number;
  readonly surbs: number;
}

/** What an exchange works with. */
export interface ExchangeComponents {
  readonly transport: Pick<Transport, "connected" | "backlog" | "send">;
  readonly now: Clock;
  /** Ends everything, with the error to reject with as its reason. */
  readonly closing: AbortSignal;
  readonly requestSent: (request: SentRequest) => void;
}

/** Milliseconds that a Nym client takes for a packet, with a margin: about 50 leave it in a second. */
const PACKET_TIME = 25;
const CONNECTION_CHECK = 50;

/** What is asked and answered about one topic: one question is open at a time. */
export class Exchange {
  readonly #components: ExchangeComponents;
  readonly #timing: Timing;
  readonly #ledgers = new Map<V1Action, Ledger>();
  readonly #queue: Queue = createQueue();
  #consider: ((reply: Reply) => boolean) | undefined;

  constructor(components: ExchangeComponents, timing: Timing) {
    this.#components = components;
    this.#timing = timing;
  }

  /** Runs `work`, which may ask several questions, when everything before it on this topic has ended. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue(work);
  }

  /** Takes a reply, which answers `answers` if not the open question. False: nobody waits for it any more. */
  take(reply: Reply, answers: V1Action): boolean {
    const fits = this.#consider?.(reply) ?? false;
    if (!fits) this.#ledger(answers).answered();
    return fits;
  }

  /**
   * Sends the request until it is answered. To be called within `exclusively`. Rejects with a `ClientError`: `timeout`,
   * `notConnected` or `closed`.
   */
  async ask<Answer>(question: Question<Answer>): Promise<Answer> {
    const { closing } = this.#components;
    const ledger = this.#ledger(question.action);
    const others = ledger.owedToOthers(question.subject);
    const claims = new Map<string, number>();
    const settled = new AbortController();
    const signal = AbortSignal.any([settled.signal, closing]);
    const answered = new Promise<Answer>((resolve) => {
      this.#consider = (reply) => {
        const judgement = question.judge(reply);
        if (judgement === undefined) return false;
        ledger.answered();
        const { answer, claim } = judgement;
        const times = claim === undefined ? Infinity : (claims.get(claim) ?? 0) + 1;
        if (claim !== undefined) claims.set(claim, times);
        if (times > others) resolve(answer);
        else this.#post(question);
        return true;
      };
    });
    try {
      return await Promise.race([answered, this.#repeat(question, signal)]);
    } catch (error) {
      throw closing.aborted ? closing.reason : error;
    } finally {
      this.#consider = undefined;
      settled.abort();
    }
  }

  /** Posts the request again and again; never resolves. */
  #repeat(question: Question<unknown>, signal: AbortSignal): Promise<never> {
    const { retries, retryPause } = this.#timing;
    const attempt = async (): Promise<never> => {
      await this.#connection(signal);
      const wait = this.#timing.answerTimeout + this.#sendingTime(question);
      if (!this.#post(question)) throw new ClientError("notConnected");
      await sleep(wait, signal);
      throw new ClientError("timeout");
    };
    return pRetry(attempt, { retries, minTimeout: retryPause, randomize: true, signal });
  }

  async #connection(signal: AbortSignal): Promise<void> {
    const { transport } = this.#components;
    const checks = Math.ceil(this.#timing.answerTimeout / CONNECTION_CHECK);
    for (let check = 0; check < checks && !transport.connected; check++) await sleep(CONNECTION_CHECK, signal);
    if (!transport.connected) throw new ClientError("notConnected");
  }

  /** Hands the request to the Nym client, if that is there. */
  #post({ action, to, subject, message, need }: Question<unknown>): boolean {
    const { transport, requestSent } = this.#components;
    if (!transport.connected) return false;
    const surbs = surbsFor(need, message.length);
    transport.send(to, message, surbs);
    this.#ledger(action).sent(subject);
    requestSent({ action, to, bytes: message.length, surbs });
    return true;
  }

  /** Milliseconds until the Nym client has sent what waits and this request. */
  #sendingTime({ message, need }: Question<unknown>): number {
    const packets = anonymousPackets(message.length, surbsFor(need, message.length));
    return (this.#components.transport.backlog + packets) * PACKET_TIME;
  }

  #ledger(action: V1Action): Ledger {
    const known = this.#ledgers.get(action);
    if (known !== undefined) return known;
    const ledger = createLedger(this.#components.now, this.#timing.strayLifetime);
    this.#ledgers.set(action, ledger);
    return ledger;
  }
}
