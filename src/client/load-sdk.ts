/** Loads `@nymproject/sdk`, when it is needed and not before: with its web worker it is 5 MB. Browsers only. */
import type { MixnetSdk } from "./mixnet-sdk.js";

interface WorkerLike {
  terminate(): void;
}

type WorkerClass = new (...args: readonly unknown[]) => WorkerLike;

/** A fresh client of the SDK. Rejects when its worker cannot be started; a worker that hangs leaves this pending. */
export async function loadSdk(): Promise<MixnetSdk> {
  const sdk = (await import("@nymproject/sdk")) as unknown as {
    createNymMixnetClient(): Promise<Omit<MixnetSdk, "end">>;
  };
  let worker: WorkerLike | undefined;
  const created = withWorkers(
    () => sdk.createNymMixnetClient(),
    (made) => (worker = made),
  );
  try {
    const { client, events } = await created;
    return { client, events, end: () => Promise.resolve(worker?.terminate()) };
  } catch (error) {
    worker?.terminate();
    throw error;
  }
}

/**
 * Runs `work`, telling `made` of the worker that it starts. The SDK keeps its worker to itself and has no other way to
 * end it, while a connection that is dead must be replaced; it starts the worker before it first waits for anything.
 */
function withWorkers<T>(work: () => T, made: (worker: WorkerLike) => void): T {
  const scope = globalThis as unknown as { Worker: WorkerClass };
  const Original = scope.Worker;
  scope.Worker = class extends Original {
    constructor(...args: readonly unknown[]) {
      super(...args);
      made(this);
    }
  };
  try {
    return work();
  } finally {
    scope.Worker = Original;
  }
}
