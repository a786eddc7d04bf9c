import { describe, expect, it } from "vitest";
import { AccountError } from "../../../../src/client/v2/account-error.js";
import { createWorker, type WorkerOptions } from "../../../../src/client/v2/worker.js";
import { until } from "../../../support/until.js";

const HOUR = 3_600_000;

function options(more: Partial<WorkerOptions> = {}): WorkerOptions {
  return { pause: [1, 4], random: () => 0, closing: new AbortController().signal, failed: () => undefined, ...more };
}

describe("a worker", () => {
  it("works once for all who woke it, and again for who wakes it meanwhile", async () => {
    let runs = 0;
    let go: () => void = () => undefined;
    const worker = createWorker(async () => {
      runs++;
      await new Promise<void>((resolve) => (go = resolve));
    }, options());
    worker.wake();
    worker.wake();
    worker.wake(HOUR);
    await until(() => runs === 1);
    worker.wake();
    go();
    await until(() => runs === 2);
    go();
  });

  it("keeps to the earliest time for which it was woken", async () => {
    let runs = 0;
    const worker = createWorker(() => {
      runs++;
      return Promise.resolve();
    }, options());
    worker.wake(HOUR);
    worker.wake(1);
    await until(() => runs === 1);
  });

  it("tries again while it fails in a way that may pass, and otherwise says so and waits to be woken", async () => {
    const codes = ["timeout", "busy", "unauthorized"] as const;
    const told: string[] = [];
    let runs = 0;
    const worker = createWorker(
      () => {
        const code = codes[runs++];
        return code === undefined ? Promise.resolve() : Promise.reject(new AccountError(code));
      },
      options({ failed: ({ code }) => void told.push(code) }),
    );
    worker.wake();
    await until(() => told.length > 0);
    expect([runs, told]).toEqual([3, ["unauthorized"]]);
    worker.wake();
    await until(() => runs === 4);
  });

  it("does nothing after its end", async () => {
    const closing = new AbortController();
    let runs = 0;
    const worker = createWorker(
      () => {
        runs++;
        closing.abort(new AccountError("closed"));
        return Promise.reject(new AccountError("closed"));
      },
      options({ closing: closing.signal }),
    );
    worker.wake();
    await until(() => runs === 1);
    worker.wake();
    const other = createWorker(() => {
      runs++;
      return Promise.resolve();
    }, options());
    other.wake(2);
    await until(() => runs === 2);
    expect(runs).toBe(2);
  });
});
