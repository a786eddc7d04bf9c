/**
 * A user of v2 with no comfort: requests with ids over one link, sent again with fresh SURBs until they are answered, and
 * everything that comes in. Built on the protocol alone, so that it can find fault with the client library as well.
 */
import type { SignedStatement } from "../../src/protocol/v2/answers.js";
import type { Result } from "../../src/protocol/v2/codes.js";
import type { Answers, Item } from "../../src/protocol/v2/reply.js";
import type { Bodies, SignedAction, V2Action, V2Request } from "../../src/protocol/v2/request.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { isSigned } from "../../src/protocol/v2/request-codec.js";
import {
  type Bound,
  changeOfKey,
  type Keys,
  newId,
  newKeys,
  type Signer,
  signRequest,
  type Unsigned,
} from "./account.js";
import { Exchange, type ExchangeComponents, type ExchangeOptions, UnansweredError } from "./exchange.js";
import type { Link } from "./link.js";

/** Where items came in: unasked, or with the answer to a fetch. */
export type Way = "push" | "fetch";

/** What a user needs. */
export interface RawUserComponents extends ExchangeComponents {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Told of each request before it is sent for the first time. */
  readonly asking?: (request: Unsigned, signer: Signer) => void;
  readonly items?: (items: readonly Item[], way: Way) => void;
}

/** How one request is made. */
export interface AskOptions {
  /** Reply SURBs that it brings. */
  readonly surbs?: number;
  /** The id of an earlier request, to ask it again. */
  readonly id?: RequestId;
  /** Signs with this instead of the key that the user has then. */
  readonly signer?: Signer;
  /** Times that it is sent at most. */
  readonly attempts?: number;
}

/** A reply to one action. */
export type ReplyTo<A extends V2Action> =
  | { readonly result: "ok"; readonly answer: A extends "lookup" ? SignedStatement : Answers[A] }
  | { readonly result: Exclude<Result, "ok">; readonly after?: number };

const SURBS = 3;
/** Times that `unauthorized` is taken for a matter of clock, epoch or key version. */
const REFRESHES = 3;
const REFRESHED: ReadonlySet<Result> = new Set(["unauthorized", "outsideWindow"]);

/** One user. */
export class RawUser {
  readonly name: Signer["name"];
  keys: Keys;
  keyVersion = 1;
  readonly recovery: Keys | undefined;
  /** Settles when a change of key that is under way is answered. */
  changing: Promise<unknown> | undefined;
  /** The user is about to be nobody, or is: `unauthorized` is an answer then. */
  leaving = false;
  bound: Bound | undefined;
  /** Milliseconds by which the directory's clock is ahead of ours. */
  #ahead = 0;
  readonly #components: RawUserComponents;
  readonly #exchange: Exchange;

  constructor(
    { name, recovery }: { readonly name: Signer["name"]; readonly recovery: boolean },
    components: RawUserComponents,
    options: ExchangeOptions,
  ) {
    this.name = name;
    this.keys = newKeys();
    this.recovery = recovery ? newKeys() : undefined;
    this.#components = components;
    this.#exchange = new Exchange(components, options);
  }

  /** Where requests go and answers come from; none while the user is away. */
  get link(): Link | undefined {
    return this.#exchange.link;
  }

  set link(link: Link | undefined) {
    this.#exchange.link = link;
  }

  get signer(): Signer {
    return { name: this.name, keyVersion: this.keyVersion, keys: this.keys };
  }

  /** Takes what came over a link. Throws for what is no reply and no push. */
  receive(message: Uint8Array): void {
    const reply = this.#exchange.receive(message);
    if (reply.action === "push") return this.#components.items?.(reply.items, "push");
    if (reply.action === "fetch" && reply.result === "ok") this.#components.items?.(reply.answer.items, "fetch");
    this.#exchange.settle(reply);
  }

  /** Asks until it is answered; what only says "later" is not given back, but asked again. */
  async ask<A extends V2Action>(action: A, body: Bodies[A], options: AskOptions = {}): Promise<ReplyTo<A>> {
    const request = { action, id: options.id ?? newId(), surbs: options.surbs ?? SURBS, body } as Unsigned;
    if (mustBeSigned(request)) await this.#refreshed();
    this.#components.asking?.(request, options.signer ?? this.signer);
    for (let refreshes = 0; ;) {
      const reply = await this.#exchange.ask(() => this.#sign(request, options.signer), options.attempts);
      const given = reply as ReplyTo<A>;
      if (!REFRESHED.has(reply.result) || (reply.result === "unauthorized" && this.leaving)) return given;
      if (this.changing !== undefined) await this.#settled(this.changing);
      else if (refreshes++ < REFRESHES) await this.refresh();
      else return given;
    }
  }

  /** Asks for `info`: whom signatures are for, and what the time is. */
  async refresh(surbs = SURBS): Promise<Answers["info"]> {
    const reply = await this.ask("info", {}, { surbs });
    if (reply.result !== "ok") throw new Error(`info was answered ${reply.result}`);
    const { identity, epoch, time } = reply.answer;
    this.bound = { identity, epoch };
    this.#ahead = time * 1000 - this.#components.clock();
    return reply.answer;
  }

  /**
   * Registers; the reply to the proof, or to what came before it. A proof may have held although only a later one was
   * answered, and then the name is taken, by us: a log-in tells.
   */
  async register(options: AskOptions = {}): Promise<ReplyTo<"prove">> {
    const { name, keys, recovery } = this;
    for (let proven = false; ; proven = true) {
      const offer = await this.ask("register", { name, key: keys.publicKey }, options);
      if (offer.result === "nameUnavailable" && proven) return this.login(options);
      if (offer.result !== "ok") return offer;
      const { challenge } = offer.answer;
      const body = { purpose: "registration", challenge, key: keys.publicKey } as const;
      const proof = await this.ask("prove", recovery ? { ...body, recovery: recovery.publicKey } : body, options);
      if (proof.result === "nameUnavailable" && proven) return this.login(options);
      if (proof.result !== "challengeInvalid") return proof;
    }
  }

  /** Logs in, from wherever the link leads to the directory now. */
  async login(options: AskOptions = {}): Promise<ReplyTo<"prove">> {
    for (;;) {
      const offer = await this.ask("login", { name: this.name }, options);
      if (offer.result !== "ok") return offer;
      const proof = await this.ask("prove", { purpose: "login", challenge: offer.answer.challenge }, options);
      if (proof.result !== "challengeInvalid") return proof;
    }
  }

  /** Puts another key in the place of the user's. `recover`: by the recovery key. */
  async changeKey(action: "rotate" | "recover"): Promise<ReplyTo<"rotate">> {
    while (this.changing !== undefined) await this.#settled(this.changing);
    const change = this.#changeKey(action).finally(() => (this.changing = undefined));
    this.changing = change.catch(() => undefined);
    return change;
  }

  async #changeKey(action: "rotate" | "recover"): Promise<ReplyTo<"rotate">> {
    const next = newKeys();
    const { name, keyVersion, keys, recovery } = this;
    const signer = { name, keyVersion, keys: action === "recover" ? (recovery ?? keys) : keys };
    const id = newId();
    for (let refreshes = 0; ; refreshes++) {
      const request: Unsigned<typeof action> = {
        ...{ action, id, surbs: SURBS },
        body: changeOfKey(await this.#refreshed(), signer, { next, by: action === "rotate" ? "rotation" : "recovery" }),
      };
      if (refreshes === 0) this.#components.asking?.(request, signer);
      const reply = (await this.#exchange.ask(() => this.#sign(request, signer))) as ReplyTo<"rotate">;
      if (reply.result === "ok") {
        this.keys = next;
        this.keyVersion = reply.answer.keyVersion;
      }
      if (!REFRESHED.has(reply.result) || refreshes === REFRESHES) return reply;
      await this.refresh();
    }
  }

  #sign(request: Unsigned, signer: Signer | undefined): V2Request {
    if (!mustBeSigned(request)) return request;
    if (this.bound === undefined) throw new Error("whom to sign for is not known yet");
    const time = Math.floor((this.#components.clock() + this.#ahead) / 1000);
    return signRequest(this.bound, signer ?? this.signer, request, time);
  }

  async #refreshed(): Promise<Bound> {
    if (this.bound === undefined) await this.refresh();
    if (this.bound === undefined) throw new Error("info brought nothing");
    return this.bound;
  }

  async #settled(change: Promise<unknown>): Promise<void> {
    await change;
    if (this.#components.signal.aborted) throw new UnansweredError(`${this.name} waits in vain`);
  }
}

function mustBeSigned(request: Unsigned): request is Unsigned<SignedAction> {
  return isSigned(request.action);
}
