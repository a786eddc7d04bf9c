/**
 * Group commit: what arrives while a transaction runs goes into the next one. The price of a durable commit is paid
 * once for everybody who waits, so throughput grows with the load while a lone commit waits for nobody.
 */
import type { Clock } from "../../util/time.js";
import { hourAfter } from "../../util/time.js";
import type { Outcome } from "../changes.js";
import type { DecisionChanges } from "./batch-codec.js";
import { decodeOutcomes, encodeBatch } from "./batch-codec.js";
import { codeOf } from "./errors.js";
import type { StoreFault } from "./fault.js";
import type { WriterThread } from "./writer-thread.js";

interface WaitingCall {
  readonly decisions: readonly DecisionChanges[];
  readonly resolve: (outcomes: readonly Outcome[]) => void;
}

/** Keeps one transaction short enough for other work of the thread (a sweep, say) to come between. */
export const MOST_DECISIONS = 1024;
/** What a decision about a group weighs besides: a message to 1,000 members takes as long as some hundred others. */
const GROUP_WEIGHT = 127;
/** What is in no hurry goes with the next transaction, or with one of its own after this long, in milliseconds. */
const LAZY_MS = 50;

/** The queue before the writer's thread. */
export class GroupCommit {
  readonly #thread: Pick<WriterThread, "call">;
  readonly #now: Clock;
  readonly #onFault: (fault: StoreFault) => void;
  #waiting: WaitingCall[] = [];
  /** In no hurry: what erases, and is waited for by nobody. */
  #lazy: WaitingCall[] = [];
  #alarm: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(thread: Pick<WriterThread, "call">, now: Clock, onFault: (fault: StoreFault) => void) {
    this.#thread = thread;
    this.#now = now;
    this.#onFault = onFault;
  }

  /** As `Store.commit`. */
  commit(decisions: readonly DecisionChanges[]): Promise<readonly Outcome[]> {
    if (decisions.every((changes) => changes.length === 0)) {
      return Promise.resolve(decisions.map(() => ({ status: "applied", users: [], receipts: [] })));
    }
    return new Promise((resolve) => {
      this.#waiting.push({ decisions, resolve });
      this.#running ??= this.#run();
    });
  }

  /** As `Store.commitLazily`. */
  commitLazily(decisions: readonly DecisionChanges[]): Promise<readonly Outcome[]> {
    return new Promise((resolve) => {
      this.#lazy.push({ decisions, resolve });
      this.#alarm ??= setTimeout(() => this.#hurry(), LAZY_MS);
    });
  }

  /** Resolves when everything that was committed so far has its outcome. */
  async drain(): Promise<void> {
    this.#hurry();
    await this.#running;
  }

  #hurry(): void {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    this.#waiting.push(...this.#lazy.splice(0));
    if (this.#waiting.length > 0) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What came in together should go together, so the first batch waits for the rest of this turn of the event loop.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      this.#hurry();
      const calls = this.#take();
      const outcomes = await this.#transact(calls.flatMap((call) => call.decisions));
      let next = 0;
      for (const { decisions, resolve } of calls) resolve(outcomes.slice(next, (next += decisions.length)));
    }
    this.#running = undefined;
  }

  /** The next calls, whole, up to the bound. */
  #take(): WaitingCall[] {
    let weight = 0;
    const end = this.#waiting.findIndex((call) => (weight += weightOf(call)) > MOST_DECISIONS);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  async #transact(decisions: readonly DecisionChanges[]): Promise<readonly Outcome[]> {
    try {
      const batch = encodeBatch(decisions);
      const result = await this.#thread.call("commit", { batch, hour: hourAfter(this.#now()) }, [batch.buffer]);
      if (result.fault !== undefined) this.#onFault({ code: result.fault, fatal: false });
      return decodeOutcomes(result.outcomes);
    } catch (error) {
      const code = codeOf(error);
      // A thread that died has said so itself.
      if (code !== "writerGone") this.#onFault({ code, fatal: false });
      return decisions.map(() => ({ status: "failed" }));
    }
  }
}

/** Decisions, those counted as many that put something into the mailboxes of a whole group. */
function weightOf({ decisions }: WaitingCall): number {
  const many = decisions.filter((changes) =>
    changes.some(({ kind }) => kind === "sendToGroup" || kind === "changeGroup"),
  );
  return decisions.length + many.length * GROUP_WEIGHT;
}
