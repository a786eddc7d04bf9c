/**
 * Whether Ed25519 keys are acceptable, found out on a thread of its own: it takes more than a millisecond for each. There
 * is one such thread in a process, from the first question on, and a new one when it has died.
 */
import { Worker } from "node:worker_threads";

/** What the thread is asked, and what it answers. */
export interface KeyQuestion {
  readonly id: number;
  readonly keys: readonly Uint8Array[];
}
export interface KeyAnswer {
  readonly id: number;
  readonly acceptable: boolean;
}

interface Waiting {
  readonly resolve: (acceptable: boolean) => void;
  readonly reject: (error: Error) => void;
}

const waiting = new Map<number, Waiting>();
let lastId = 0;
let thread: Worker | undefined;

/** Are all these raw keys acceptable (see `isAcceptableKey`)? Rejects when the thread dies over it. */
export function areAcceptable(keys: readonly Uint8Array[]): Promise<boolean> {
  if (keys.length === 0) return Promise.resolve(true);
  return new Promise((resolve, reject) => {
    const id = ++lastId;
    waiting.set(id, { resolve, reject });
    thread ??= start();
    // Who waits for an answer keeps the process alive, an idle thread does not.
    thread.ref();
    thread.postMessage({ id, keys } satisfies KeyQuestion);
  });
}

function start(): Worker {
  const worker = new Worker(new URL("./key-check-worker.js", import.meta.url));
  worker.on("message", ({ id, acceptable }: KeyAnswer) => {
    waiting.get(id)?.resolve(acceptable);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
  });
  // Without a listener it would end the process; `exit` follows.
  worker.on("error", () => undefined);
  worker.on("exit", () => {
    thread = undefined;
    const orphans = [...waiting.values()];
    waiting.clear();
    for (const { reject } of orphans) reject(new Error("the thread that checks keys has ended"));
  });
  return worker;
}
