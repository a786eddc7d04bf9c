/** Requests and replies over a link: matched by their ids, sent again until there is one, given up when all waiting ends. */
import { decodeReply, type ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import type { V2Push } from "../../src/protocol/v2/reply.js";
import type { V2Request } from "../../src/protocol/v2/request.js";
import { encodeRequest } from "../../src/protocol/v2/request-codec.js";
import type { Link } from "./link.js";

/** What an exchange needs. */
export interface ExchangeComponents {
  /** From 0 to 1. */
  readonly random: () => number;
  /** Ends all waiting: what is not answered then rejects. */
  readonly signal: AbortSignal;
}

/** How patient it is. */
export interface ExchangeOptions {
  /** How long a request may take before it is sent again, in milliseconds; twice as long after each time, 32 times at most. */
  readonly patience: number;
}

/** Thrown when a request is not answered until all waiting ends, or after its last attempt. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
}

const MOST_PATIENCE = 32;
/** Not worth a reply to a caller: the same request again. */
const TRANSIENT: ReadonlySet<string> = new Set(["busy", "limited", "unavailable"]);

/** The requests of one user that are under way. */
export class Exchange {
  /** None while the user is away: requests wait for the next attempt. */
  link: Link | undefined;
  readonly #components: ExchangeComponents;
  readonly #options: ExchangeOptions;
  readonly #pending = new Map<string, Set<(reply: ReceivedReply) => void>>();
  readonly #waits = new Set<() => void>();

  constructor(components: ExchangeComponents, options: ExchangeOptions) {
    this.#components = components;
    this.#options = options;
    components.signal.addEventListener("abort", () => [...this.#waits].forEach((give) => give()), { once: true });
  }

  /** Takes what came over a link, and gives it back as what it is. Throws for what is no reply and no push. */
  receive(message: Uint8Array): ReceivedReply | V2Push {
    const reply = decodeReply(message);
    if (reply === undefined) throw new Error("the directory sent what is no reply");
    return reply;
  }

  /** Gives a reply to those who wait for it. */
  settle(reply: ReceivedReply): void {
    for (const resolve of this.#pending.get(hex(reply.id)) ?? []) resolve(reply);
  }

  /** Sends what `make` makes, anew each time, until there is a reply that is worth one. */
  async ask(make: () => V2Request, attempts = Infinity): Promise<ReceivedReply> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const longer = Math.min(MOST_PATIENCE, 2 ** attempt) * (0.75 + this.#components.random() / 2);
      const patience = this.#options.patience * longer;
      const reply = await this.#attempt(make(), patience);
      if (reply === undefined) continue;
      if (!TRANSIENT.has(reply.result)) return reply;
      await this.#wait(patience);
    }
    throw new UnansweredError("a request was not answered");
  }

  /** Sends once, and waits for a reply to this or an earlier attempt. */
  async #attempt(request: V2Request, patience: number): Promise<ReceivedReply | undefined> {
    const id = hex(request.id);
    const waiting = this.#pending.get(id) ?? new Set();
    this.#pending.set(id, waiting);
    let taken: ((reply: ReceivedReply) => void) | undefined;
    try {
      return await this.#wait<ReceivedReply>(patience, (resolve) => {
        waiting.add((taken = resolve));
        this.link?.send(encodeRequest(request), request.surbs);
      });
    } finally {
      if (taken !== undefined) waiting.delete(taken);
      if (waiting.size === 0) this.#pending.delete(id);
    }
  }

  /** Resolves with what `begin` brings, or after that time with nothing; rejects when all waiting ends. */
  #wait<T = never>(ms: number, begin: (resolve: (value: T) => void) => void = () => undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const give = (): void => end(() => reject(new UnansweredError("all waiting has ended")));
      const timer = setTimeout(() => end(() => resolve(undefined)), ms);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waits.delete(give);
        settle();
      };
      this.#waits.add(give);
      if (this.#components.signal.aborted) give();
      else begin((value) => end(() => resolve(value)));
    });
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
