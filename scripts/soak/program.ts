/** A program: what some users do, and what goes wrong meanwhile. Made from a seed, printed as JSON, played as often as one likes. */
import type { FaultChanges } from "../../nym-client/loopback/faults.js";
import { createRandom, type Random } from "../../nym-client/loopback/random.js";

/** One thing that happens; times in milliseconds. `user` counts from 0. */
export type Step =
  | {
      readonly do: "send";
      readonly user: number;
      readonly to: number;
      readonly bytes: number;
      readonly receipt: boolean;
      readonly hours?: number;
      readonly surbs: number;
    }
  /** Sends an earlier message of the user once more, with the same id, or another one under its id. */
  | { readonly do: "again"; readonly user: number; readonly nth: number; readonly other: boolean }
  | { readonly do: "fetch"; readonly user: number; readonly packets: number; readonly after: "start" | "seen" }
  /** All that was seen, or some of it. */
  | { readonly do: "ack"; readonly user: number; readonly which: "all" | "some" }
  | { readonly do: "lookup"; readonly user: number; readonly of: number }
  | { readonly do: "bring"; readonly user: number; readonly surbs: number }
  | {
      readonly do: "receipts" | "status" | "login" | "logout" | "rotate" | "recover" | "release";
      readonly user: number;
    }
  | { readonly do: "restartUser"; readonly user: number; readonly how: "graceful" | "killed"; readonly down: number }
  | { readonly do: "restartNymClient"; readonly how: "graceful" | "killed"; readonly down: number }
  /** Ends it, and starts it `after` that; `again`: ends it again so long after that, ready or not. */
  | { readonly do: "restartDirectory"; readonly after: number; readonly again?: number }
  | { readonly do: "dropSocket" | "rotateNetwork" | "sweep" | "settle" }
  | { readonly do: "exhaust"; readonly user: number }
  | { readonly do: "faults"; readonly changes: FaultChanges }
  | { readonly do: "pass"; readonly hours: number }
  | { readonly do: "wait"; readonly ms: number };

/** Everything that one run is made of. */
export interface Program {
  readonly seed: string;
  readonly users: number;
  /** Messages that a mailbox holds; a sixteenth of them from one sender. */
  readonly mailbox: number;
  /** How what is left is collected in the end: asked for, or waited for. */
  readonly ending: "fetch" | "push";
  readonly faults: FaultChanges;
  readonly steps: readonly Step[];
}

/** What kind of programs are made. */
export interface ProgramOptions {
  /** Steps at least and at most. */
  readonly steps: readonly [number, number];
  /** How often the directory is restarted: exactly so often, or by chance. */
  readonly restarts: number | undefined;
  /** Whether the clock can be moved: hours pass. */
  readonly time: boolean;
}

const FIRST_FAULTS: readonly FaultChanges[] = [
  {},
  { loss: 0.05 },
  { loss: 0.2, duplicate: 0.1 },
  { duplicate: 0.3, reorder: 0.3, reorderMs: 5 },
  { delayMs: 3, jitterMs: 3 },
  { loss: 0.1, duplicate: 0.1, reorder: 0.1, reorderMs: 3, delayMs: 1, jitterMs: 1 },
  { packetLoss: 0.1 },
];
const BODIES = [0, 1, 20, 20, 120, 120, 400, 1_300, 1_500, 3_200];
const OUTSTANDING_SURBS = [2, 2, 3, 3, 4, 6];

/** The program of that seed. */
export function makeProgram(seed: string, { steps, restarts, time }: ProgramOptions): Program {
  const random = createRandom("program", seed);
  const users = 2 + below(random, 3);
  const [least, most] = steps;
  const count = least + below(random, most - least + 1);
  const made = Array.from({ length: count }, () => makeStep(random, users, { time, restarts: restarts === undefined }));
  for (let index = 0; index < (restarts ?? 0); index++) {
    const again = random.chance(0.15) && { again: below(random, 400) };
    made.splice(below(random, made.length + 1), 0, { do: "restartDirectory", after: below(random, 60), ...again });
  }
  return {
    seed,
    users,
    mailbox: random.chance(0.25) ? 64 : 100_000,
    ending: random.chance(0.4) ? "push" : "fetch",
    faults: oneOf(random, FIRST_FAULTS),
    steps: made,
  };
}

function makeStep(random: Random, users: number, may: { readonly time: boolean; readonly restarts: boolean }): Step {
  const user = below(random, users);
  const how = random.chance(0.5) ? "graceful" : "killed";
  const down = below(random, 20);
  const kinds: readonly (readonly [number, () => Step])[] = [
    [30, () => makeSend(random, users, user)],
    [4, () => ({ do: "again", user, nth: below(random, 8), other: random.chance(0.3) })],
    [8, () => ({ do: "fetch", user, packets: 1 + below(random, 4), after: random.chance(0.5) ? "start" : "seen" })],
    [14, () => ({ do: "ack", user, which: oneOf(random, ["all", "all", "some"]) })],
    [5, () => ({ do: "lookup", user, of: below(random, users) })],
    [4, () => ({ do: "bring", user, surbs: 1 + below(random, 12) })],
    [3, () => ({ do: "receipts", user })],
    [2, () => ({ do: "status", user })],
    [4, () => ({ do: "login", user })],
    [1, () => ({ do: "logout", user })],
    [2, () => ({ do: "rotate", user })],
    [0.7, () => ({ do: "recover", user })],
    [0.3, () => ({ do: "release", user })],
    [4, () => ({ do: "restartUser", user, how, down })],
    [1.5, () => ({ do: "restartNymClient", how, down })],
    [1, () => ({ do: "dropSocket" })],
    [1.5, () => ({ do: "exhaust", user })],
    [0.7, () => ({ do: "rotateNetwork" })],
    [2, () => ({ do: "faults", changes: oneOf(random, FIRST_FAULTS) })],
    [8, () => ({ do: "wait", ms: below(random, 25) })],
    [3, () => ({ do: "settle" })],
    [may.time ? 1.2 : 0, () => ({ do: "pass", hours: 1 + below(random, 30) })],
    [may.time ? 1 : 0, () => ({ do: "sweep" })],
    [may.restarts ? 0.7 : 0, () => ({ do: "restartDirectory", after: below(random, 5) })],
  ];
  let left = random.next() * kinds.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of kinds) {
    left -= weight;
    if (left < 0) return make();
  }
  return { do: "settle" };
}

function makeSend(random: Random, users: number, user: number): Step {
  return {
    do: "send",
    user,
    to: below(random, users),
    bytes: oneOf(random, BODIES),
    receipt: random.chance(0.4),
    ...(random.chance(0.25) && { hours: 1 + below(random, 4) }),
    surbs: oneOf(random, OUTSTANDING_SURBS),
  };
}

function below(random: Random, end: number): number {
  return Math.floor(random.next() * end);
}

function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)] as T;
}
