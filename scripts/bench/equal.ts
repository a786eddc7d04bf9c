/** Replies that must not tell things apart by the time they take: each kind of request asked in turn, one at a time. */
import { performance } from "node:perf_hooks";
import { type Bound, newKeys } from "../v2-user/account.js";
import { type Ask, forAll, prove, refused } from "./ask.js";
import { round } from "./measure.js";
import { anonymousFrame, makeV2Users, named, signedFrame, type V2BenchUser } from "./v2-requests.js";

/** How long replies of one kind took, in microseconds. */
export interface Timing {
  readonly kind: string;
  readonly mean: number;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** Kinds that must look the same. */
export interface EqualTimes {
  readonly question: string;
  readonly timings: readonly Timing[];
  /** The slowest median as a multiple of the quickest. */
  readonly ratio: number;
}

type Kinds = Readonly<Record<string, (index: number) => { readonly user: number; readonly frame: Buffer }>>;

const WARM_UP = 200;
/** Tags of questions, which are nobody's. */
const STRANGERS = 1_000_000;

/** Asks `times` of each kind; nobody is asked for twice, so that no reply is one that was sealed before. */
export async function equalTimes(ask: Ask, bound: Bound, times: number): Promise<readonly EqualTimes[]> {
  const each = WARM_UP + times;
  const users = makeV2Users(2 * each, 1);
  await prove(ask, bound, users, "registration");
  const [known, gone] = [users.slice(0, each), users.slice(each)];
  await forAll(gone, async (user) => {
    const reply = await ask(user.number, signedFrame(bound, user, "release", {}));
    if (reply.result !== "ok") throw refused(reply);
  });
  const at = (list: readonly V2BenchUser[], index: number): V2BenchUser => {
    const user = list[index];
    if (user === undefined) throw new RangeError("there are no more users");
    return user;
  };
  const stranger = (index: number): number => STRANGERS + (index % 1_000);
  const thief = newKeys();
  const forged = (index: number, name: V2BenchUser["name"]): { user: number; frame: Buffer } => {
    const mallory = { number: stranger(index), name, keys: thief };
    return { user: mallory.number, frame: signedFrame(bound, mallory, "status", {}) };
  };

  const lookUp = (index: number, name: V2BenchUser["name"]): { user: number; frame: Buffer } => {
    return { user: stranger(index), frame: anonymousFrame(stranger(index), "lookup", { name }) };
  };
  const login = (index: number, name: V2BenchUser["name"]): { user: number; frame: Buffer } => {
    return { user: stranger(index), frame: anonymousFrame(stranger(index), "login", { name }) };
  };
  const register = (index: number, name: V2BenchUser["name"]): { user: number; frame: Buffer } => {
    return {
      user: stranger(index),
      frame: anonymousFrame(stranger(index), "register", { name, key: thief.publicKey }),
    };
  };
  const questions: Readonly<Record<string, Kinds>> = {
    "look-up": {
      exists: (index) => lookUp(index, at(known, index).name),
      "does not exist": (index) => lookUp(index, named(`none-${index}`)),
      "has been released": (index) => lookUp(index, at(gone, index).name),
    },
    login: {
      exists: (index) => login(index, at(known, index).name),
      "does not exist": (index) => login(index, named(`none-${index}`)),
      "has been released": (index) => login(index, at(gone, index).name),
    },
    register: {
      free: (index) => register(index, named(`none-${index}`)),
      taken: (index) => register(index, at(known, index).name),
      held: (index) => register(index, at(gone, index).name),
    },
    "signed by another": {
      exists: (index) => forged(index, at(known, index).name),
      "does not exist": (index) => forged(index, named(`none-${index}`)),
      "has been released": (index) => forged(index, at(gone, index).name),
    },
  };
  const results: EqualTimes[] = [];
  for (const [question, kinds] of Object.entries(questions)) results.push(await timesOf(ask, question, kinds, each));
  return results;
}

async function timesOf(ask: Ask, question: string, kinds: Kinds, each: number): Promise<EqualTimes> {
  const taken = new Map<string, number[]>(Object.keys(kinds).map((kind) => [kind, []]));
  for (let index = 0; index < each; index++) {
    // In another order each time: what comes first after a pause is slower.
    const order = Object.entries(kinds).sort(() => Math.random() - 0.5);
    for (const [kind, make] of order) {
      const { user, frame } = make(index);
      const begun = performance.now();
      await ask(user, frame);
      if (index >= WARM_UP) taken.get(kind)?.push((performance.now() - begun) * 1_000);
    }
  }
  const timings = [...taken].map(([kind, values]) => timingOf(kind, values));
  const medians = timings.map(({ p50 }) => p50);
  return { question, timings, ratio: round(Math.max(...medians) / Math.min(...medians)) };
}

function timingOf(kind: string, values: readonly number[]): Timing {
  const sorted = [...values].sort((one, other) => one - other);
  const part = (share: number): number => round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  const mean = round(values.reduce((sum, value) => sum + value, 0) / values.length);
  return { kind, mean, p10: part(0.1), p50: part(0.5), p90: part(0.9) };
}
