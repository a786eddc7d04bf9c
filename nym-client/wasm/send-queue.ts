/**
 * What is still to be handed to the engine: one message after the other, so that they leave in the order in which they
 * came, counted by lane. What the engine then does with them cannot be seen from outside.
 */
import type { Lane } from "../../src/protocol/nym-client/frames.js";

interface Task {
  readonly lane: Lane | undefined;
  readonly run: () => Promise<void>;
}

/** A queue of sends. */
export class SendQueue {
  #waiting: Task[] = [];
  #running: Task | undefined;
  #idle: (() => void)[] = [];

  /** Sends when everything before has been sent. What the engine refuses is forgotten, as a nym-client forgets it. */
  push(lane: Lane | undefined, run: () => Promise<void>): void {
    this.#waiting.push({ lane, run });
    if (this.#running === undefined) void this.#drain();
  }

  /** How many messages of a lane are waiting or under way. */
  length(lane: Lane): number {
    return this.#waiting.filter((task) => task.lane === lane).length + (this.#running?.lane === lane ? 1 : 0);
  }

  /** Forgets what waits in a lane. */
  drop(lane: Lane): void {
    this.#waiting = this.#waiting.filter((task) => task.lane !== lane);
  }

  /** Resolves when nothing waits or is under way. */
  idle(): Promise<void> {
    if (this.#running === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #drain(): Promise<void> {
    for (;;) {
      const task = this.#waiting.shift();
      this.#running = task;
      if (task === undefined) break;
      await task.run().catch(() => undefined);
    }
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
