/** The near side of the thread that writes: calls with answers, and a new thread when one dies. It never hangs. */
import type { Transferable } from "node:worker_threads";
import { Worker } from "node:worker_threads";
import type { StoreErrorCode } from "./errors.js";
import { StoreError } from "./errors.js";
import type { WriterCall, WriterCalls, WriterData, WriterReply } from "./writer-protocol.js";

interface PendingCall {
  readonly resolve: (result: never) => void;
  readonly reject: (error: StoreError) => void;
}

/** Told when a thread died: `fatal` when it is not replaced, and nothing will be written any more. */
export type OnDeath = (fatal: boolean) => void;

/** One thread at a time. */
export class WriterThread {
  readonly #data: WriterData;
  readonly #onDeath: OnDeath;
  readonly #calls = new Map<number, PendingCall>();
  #lastId = 0;
  #worker: Worker | undefined;
  /** Resolves when the present thread has ended. */
  #ended: Promise<void> = Promise.resolve();
  /** Whether the present thread has done anything: one that died before is not worth another. */
  #useful = false;
  #started = false;
  #closing = false;

  private constructor(data: WriterData, onDeath: OnDeath) {
    this.#data = data;
    this.#onDeath = onDeath;
  }

  /** Starts the thread; rejects when it cannot open the database. */
  static async start(data: WriterData, onDeath: OnDeath): Promise<WriterThread> {
    const thread = new WriterThread(data, onDeath);
    await new Promise<void>((resolve, reject) => {
      thread.#calls.set(0, { resolve, reject });
      thread.#spawn();
    });
    thread.#started = true;
    thread.#useful = true;
    return thread;
  }

  /** Rejects with the thread's failure, or with `writerGone` when it dies before it answers. */
  call<C extends WriterCall>(
    call: C,
    request: WriterCalls[C]["request"],
    transfer: readonly Transferable[] = [],
  ): Promise<WriterCalls[C]["result"]> {
    return new Promise((resolve, reject) => {
      if (this.#worker === undefined) {
        reject(failure("writerGone"));
        return;
      }
      const id = ++this.#lastId;
      this.#calls.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call, request }, transfer);
    });
  }

  /** Ends the thread once it has answered what it was asked. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.call("close", {}).catch(() => undefined);
    await this.#ended;
  }

  #spawn(): void {
    this.#useful = false;
    const worker = new Worker(new URL("./writer-worker.js", import.meta.url), { workerData: this.#data });
    this.#worker = worker;
    worker.on("message", (reply: WriterReply) => {
      this.#answered(reply);
    });
    // Without a listener it would end the process; `exit` follows.
    worker.on("error", () => undefined);
    this.#ended = new Promise((resolve) => {
      worker.on("exit", () => {
        this.#died();
        resolve();
      });
    });
  }

  #answered(reply: WriterReply): void {
    const pending = this.#calls.get(reply.id);
    if (reply.id > 0) this.#useful = true;
    this.#calls.delete(reply.id);
    if ("failure" in reply) pending?.reject(failure(reply.failure));
    else pending?.resolve(reply.result as never);
  }

  #died(): void {
    const orphans = [...this.#calls.values()];
    this.#calls.clear();
    this.#worker = undefined;
    const expected = this.#closing || !this.#started;
    const fatal = !expected && !this.#useful;
    if (!expected && !fatal) this.#spawn();
    if (!expected) this.#onDeath(fatal);
    for (const orphan of orphans) orphan.reject(failure("writerGone"));
  }
}

function failure(code: StoreErrorCode): StoreError {
  return new StoreError(code, `the database could not be written (${code})`);
}
