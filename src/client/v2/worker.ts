/** Work that is done when there is some, by one at a time, and again after a pause while it fails in a way that may pass. */
import { AccountError } from "./account-error.js";

export interface Worker {
  /** There is, or will be, work to do: in `delay` milliseconds at the latest. */
  wake(delay?: number): void;
}

export interface WorkerOptions {
  /** The shortest and the longest pause after a failure, in milliseconds: it doubles each time. */
  readonly pause: readonly [number, number];
  /** 0 to 1. */
  readonly random: () => number;
  /** Ends it. */
  readonly closing: AbortSignal;
  /** Told of a failure that will not pass by itself; it works again when it is woken. */
  readonly failed: (error: AccountError) => void;
}

/** A worker that sleeps. */
export function createWorker(work: () => Promise<void>, { pause, random, closing, failed }: WorkerOptions): Worker {
  const [shortest, longest] = pause;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = Infinity;
  let running = false;
  let failures = 0;

  function wake(delay = 0): void {
    if (closing.aborted || Date.now() + delay >= due) return;
    due = Date.now() + delay;
    if (running) return;
    clearTimeout(timer);
    timer = setTimeout(() => void run(), delay);
  }

  async function run(): Promise<void> {
    running = true;
    due = Infinity;
    try {
      await work();
      failures = 0;
    } catch (error) {
      if (closing.aborted) return;
      if (!(error instanceof AccountError)) throw error;
      if (error.retryable) again(error.after);
      else failed(error);
    } finally {
      running = false;
    }
    if (due === Infinity) return;
    const delay = Math.max(0, due - Date.now());
    due = Infinity;
    wake(delay);
  }

  function again(after = 0): void {
    const next = Math.min(longest, shortest * 2 ** failures) * (1 + random() / 4);
    failures++;
    wake(Math.max(next, after * 1_000));
  }

  closing.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return { wake };
}
