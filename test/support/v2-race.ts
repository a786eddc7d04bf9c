/** A model in which two decisions are taken on the same rows and committed one after the other. */
import type { Outcome } from "../../src/store/changes.js";
import { createV2Model, type ModelOptions, openV2Model, type STORES, type V2Model } from "./v2-model.js";

type Ask<Reply> = () => Promise<Reply>;
type Options = Omit<ModelOptions, "committing">;

/** Lets two requests race. */
interface Stall {
  /** Holds commits back while two requests race. */
  readonly committing: (commit: () => Promise<Outcome>) => Promise<Outcome>;
  /** The replies to two requests, of which the first is the first to be committed, though both have been decided. */
  readonly replies: <Reply>(first: Ask<Reply>, second: Ask<Reply>) => Promise<readonly Reply[]>;
}

/** The model, and what lets two requests race in it. */
export interface Race extends Pick<Stall, "replies"> {
  readonly model: V2Model;
}

/** Makes one over a store in memory. */
export function createRace(options: Options = {}): Race {
  const { committing, replies } = createStall();
  return { model: createV2Model({ ...options, committing }), replies };
}

/** Makes one over a store of that kind. */
export async function openRace(kind: (typeof STORES)[number], options: Options = {}): Promise<Race> {
  const { committing, replies } = createStall();
  return { model: await openV2Model(kind, { ...options, committing }), replies };
}

function createStall(): Stall {
  let waiting: (() => void)[] | undefined;
  return {
    async committing(commit) {
      const held = waiting;
      if (held !== undefined && held.length < 2) await new Promise<void>((resolve) => held.push(resolve));
      return commit();
    },
    async replies<Reply>(first: Ask<Reply>, second: Ask<Reply>) {
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
    },
  };
}
