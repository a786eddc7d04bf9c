/**
 * Asks the directory, as often as it takes: each request has an id, by which its answer is known, and is repeated under
 * that id with fresh SURBs and a fresh signature. What the codes advise is done here.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import type { NymAddress } from "../../protocol/nym-client/address.js";
import { anonymousPackets, replyPackets } from "../../protocol/packets.js";
import { MAX_SURBS } from "../../protocol/v2/bodies.js";
import { RESULTS } from "../../protocol/v2/codes.js";
import { decodeReply, type ReceivedReply } from "../../protocol/v2/reply-codec.js";
import type { SentAnswers } from "../../protocol/v2/answers.js";
import { encodeRequest } from "../../protocol/v2/request-codec.js";
import type { V2Push } from "../../protocol/v2/reply.js";
import type { Auth, Bodies, V2Action, V2Request } from "../../protocol/v2/request.js";
import type { RequestId } from "../../protocol/v2/terms.js";
import { BoundedMap } from "../../util/bounded-map.js";
import { sleep } from "../sleep.js";
import { fillingSurbs } from "../surbs.js";
import type { Transport } from "../transport.js";
import { AccountError } from "./account-error.js";

/** When to ask again and when to give up; times in milliseconds. */
export interface Patience {
  /** How long an answer may take once the request has left the Nym client. */
  readonly answerTimeout: number;
  /** How many times a request is repeated before `timeout` is the outcome. */
  readonly retries: number;
  /** Shortest pause before the first repetition; it doubles each time, and is drawn at random up to twice its length. */
  readonly retryPause: number;
}

/** One request, and what is needed to make it. */
export interface Question<A extends V2Action> {
  readonly action: A;
  readonly body: Bodies[A];
  /** Address of the directory to ask at. */
  readonly to: NymAddress;
  /** SURBs that its answer needs, and one more. */
  readonly surbs: number;
  /** Whether its last packet is filled up with SURBs: where pushes may follow. */
  readonly fill: boolean;
  /** Default: a new one. */
  readonly id?: RequestId;
  /** For what must be signed. Called for each repetition. */
  readonly sign?: Sign;
}

/** Signs a request as it is at the moment. Rejects with an `AccountError`. */
export type Sign = <A extends V2Action>(asked: {
  readonly action: A;
  readonly id: RequestId;
  readonly body: Bodies[A];
}) => Promise<Auth>;

/** Asks at home, where the account is known by name and pushes may follow. */
export type AskHome = <A extends V2Action>(
  action: A,
  body: Bodies[A],
  more?: Pick<Partial<Question<A>>, "id" | "sign" | "surbs">,
) => Promise<SentAnswers[A]>;

/** What left for the directory: the plaintext's bytes, and the reply SURBs that it brings. */
export interface SentRequest {
  readonly action: V2Action;
  readonly to: NymAddress;
  readonly bytes: number;
  readonly surbs: number;
  readonly packets: number;
}

/** What an inquiry works with. */
export interface InquiryComponents {
  readonly transport: Pick<Transport, "connected" | "backlog" | "send">;
  /** Ends everything, with the error to reject with as its reason. */
  readonly closing: AbortSignal;
  /** 0 to 1. */
  readonly random: () => number;
  /** Learns what time it is for the directory, and its epoch. */
  readonly refresh: () => Promise<void>;
  readonly requestSent: (request: SentRequest) => void;
}

/** What arrived. `stray`: nobody waits for it, any more. `foreign`: nothing of v2. `forged`: not from the directory. */
export type Taken =
  | { readonly kind: "reply"; readonly action: V2Action | undefined; readonly stray: boolean }
  | { readonly kind: "push"; readonly push: V2Push; readonly from: NymAddress }
  | { readonly kind: "foreign" }
  | { readonly kind: "forged" };

interface Open {
  readonly action: V2Action;
  readonly to: NymAddress;
  readonly replies: ReceivedReply[];
  /** Called when there is one more. */
  arrived: () => void;
}

/** Milliseconds that a Nym client takes for a packet, with a margin: about 50 leave it in a second. */
const PACKET_TIME = 25;
const CONNECTION_CHECK = 50;
/** Ids of requests by which pushes are known: the directory repeats the latest that it has heard. */
const LATEST_IDS = 256;
const ID_BYTES = 16;

/** Everything that is asked and not answered yet. */
export class Inquiry {
  readonly #components: InquiryComponents;
  readonly #patience: Patience;
  readonly #open = new Map<string, Open>();
  readonly #latest = new BoundedMap<string, NymAddress>(LATEST_IDS);
  /** SURBs that are believed to be left at each address. */
  readonly #surbs = new Map<NymAddress, number>();

  constructor(components: InquiryComponents, patience: Patience) {
    this.#components = components;
    this.#patience = patience;
  }

  /**
   * Asks until there is an answer. Rejects with an `AccountError`: `timeout`, `notConnected`, `closed`, or what the
   * directory said.
   */
  async ask<A extends V2Action>(question: Question<A>): Promise<SentAnswers[A]> {
    const { action, to, id = newRequestId() } = question;
    const open: Open = { action, to, replies: [], arrived: () => undefined };
    this.#open.set(bytesToHex(id), open);
    try {
      return await this.#repeat({ ...question, id }, open);
    } finally {
      this.#open.delete(bytesToHex(id));
    }
  }

  /** Takes what arrived. A push is taken from the directory alone: who else would know one of our latest ids? */
  take(message: Uint8Array): Taken {
    const reply = decodeReply(message);
    if (reply === undefined) return { kind: "foreign" };
    const id = bytesToHex(reply.id);
    const packets = replyPackets(message.length);
    if (reply.action === "push") {
      const from = this.#latest.get(id);
      if (from === undefined) return { kind: "forged" };
      this.#addSurbs(from, -packets);
      return { kind: "push", push: reply, from };
    }
    const open = this.#open.get(id);
    if (open === undefined || (reply.action ?? open.action) !== open.action)
      return { kind: "reply", action: reply.action, stray: true };
    this.#addSurbs(open.to, -packets);
    open.replies.push(reply);
    open.arrived();
    return { kind: "reply", action: reply.action, stray: false };
  }

  /** SURBs that are believed to be left at an address: a hint, since nobody tells what was lost. */
  surbsAt(address: NymAddress): number {
    return this.#surbs.get(address) ?? 0;
  }

  /** The Nym client may be another one now, whose SURBs nobody has. */
  forgetSurbs(): void {
    this.#surbs.clear();
  }

  async #repeat<A extends V2Action>(question: Known<A>, open: Open): Promise<SentAnswers[A]> {
    const { retries, retryPause } = this.#patience;
    let refreshed = false;
    for (let attempt = 0; ; attempt++) {
      await this.#connection();
      const wait = this.#patience.answerTimeout + (await this.#post(question));
      const pause = retryPause * 2 ** attempt * (1 + this.#components.random());
      const reply = (await this.#reply(open, wait)) ?? (attempt < retries ? await this.#reply(open, pause) : undefined);
      if (reply === undefined) {
        if (attempt >= retries) throw new AccountError("timeout");
        continue;
      }
      // The id and the action are those of the question.
      if (reply.result === "ok") return reply.answer as SentAnswers[A];
      const refusal = new AccountError(reply.result, reply.after === undefined ? {} : { after: reply.after });
      const { advice } = RESULTS[reply.result];
      if (advice === "refresh" && question.sign !== undefined && !refreshed) {
        refreshed = true;
        await this.#components.refresh();
        continue;
      }
      const patient = (refusal.after ?? 0) * 1_000 <= this.#patience.answerTimeout;
      if (advice !== "retry" || attempt >= retries || !patient) throw refusal;
      await sleep(Math.max(pause, (refusal.after ?? 0) * 1_000), this.#components.closing);
    }
  }

  async #connection(): Promise<void> {
    const { transport, closing } = this.#components;
    const checks = Math.ceil(this.#patience.answerTimeout / CONNECTION_CHECK);
    closing.throwIfAborted();
    for (let check = 0; check < checks && !transport.connected; check++) await sleep(CONNECTION_CHECK, closing);
    if (!transport.connected) throw new AccountError("notConnected");
  }

  /** Hands the request to the Nym client. Returns how many milliseconds that will take to send it, and what is before it. */
  async #post<A extends V2Action>({ action, body, to, id, ...question }: Known<A>): Promise<number> {
    const { transport, closing, requestSent } = this.#components;
    const auth = await question.sign?.({ action, id, body });
    const encoded = (surbs: number): Uint8Array =>
      // Here the type of a request and what it is made of meet.
      encodeRequest({ action, id, surbs, body, ...(auth !== undefined && { auth }) } as unknown as V2Request);
    const surbs = Math.min(
      MAX_SURBS,
      question.fill ? fillingSurbs(question.surbs, encoded(question.surbs).length) : question.surbs,
    );
    const message = encoded(surbs);
    closing.throwIfAborted();
    if (!transport.connected) throw new AccountError("notConnected");
    const before = transport.backlog;
    transport.send(to, message, surbs);
    this.#latest.set(bytesToHex(id), to);
    this.#addSurbs(to, surbs);
    const packets = anonymousPackets(message.length, surbs);
    requestSent({ action, to, bytes: message.length, surbs, packets });
    return (before + packets) * PACKET_TIME;
  }

  /** The next reply, if one comes within `ms` milliseconds. */
  async #reply(open: Open, ms: number): Promise<ReceivedReply | undefined> {
    if (open.replies.length === 0) {
      const enough = new AbortController();
      const arrived = new Promise<void>((resolve) => (open.arrived = resolve));
      const tooLate = sleep(ms, AbortSignal.any([enough.signal, this.#components.closing]));
      await Promise.race([arrived, tooLate]).finally(() => enough.abort());
    }
    return open.replies.shift();
  }

  #addSurbs(address: NymAddress, count: number): void {
    this.#surbs.set(address, Math.max(0, Math.min(MAX_SURBS, this.surbsAt(address) + count)));
  }
}

type Known<A extends V2Action> = Question<A> & { readonly id: RequestId };

/** 16 random bytes. */
export function newRequestId(): RequestId {
  return crypto.getRandomValues(new Uint8Array(ID_BYTES)) as Uint8Array as RequestId;
}
