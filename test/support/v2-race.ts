/** A model in which two decisions are taken on the same rows and committed one after the other. */
import type { Outcome } from "../../src/store/changes.js";
import { createV2Model, type ModelOptions, type V2Model } from "./v2-model.js";

type Ask<Reply> = () => Promise<Reply>;

/** The model, and what lets two requests race in it. */
export interface Race {
  readonly model: V2Model;
  /** The replies to two requests, of which the first is the first to be committed, though both have been decided. */
  readonly replies: <Reply>(first: Ask<Reply>, second: Ask<Reply>) => Promise<readonly Reply[]>;
}

/** Makes one. */
export function createRace(options: Omit<ModelOptions, "committing"> = {}): Race {
  let waiting: (() => void)[] | undefined;
  const model = createV2Model({
    ...options,
    async committing(commit: () => Promise<Outcome>) {
      const held = waiting;
      if (held !== undefined && held.length < 2) await new Promise<void>((resolve) => held.push(resolve));
      return commit();
    },
  });

  async function replies<Reply>(first: Ask<Reply>, second: Ask<Reply>): Promise<readonly Reply[]> {
    const held: (() => void)[] = [];
    waiting = held;
    const asked: Promise<Reply>[] = [];
    for (const ask of [first, second]) {
      asked.push(ask());
      while (held.length < asked.length) await new Promise((resolve) => setImmediate(resolve));
    }
    for (const [index, go] of held.entries()) {
      go();
      await asked[index];
    }
    waiting = undefined;
    return Promise.all(asked);
  }

  return { model, replies };
}
