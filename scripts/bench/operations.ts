/**
 * What is measured: five operations, each as the requests of one user and what must come back. Requests that do not
 * depend on a nonce are made ahead, so that the load generator costs little while it measures.
 */
import { pushFrame } from "./nym-client.js";
import { challengeAnswer, loginRequest, queryRequest, registerRequest, sendRequest } from "./requests.js";
import type { BenchUser, Keys } from "./users.js";

/** One operation under way. */
export interface Run {
  /** Number of the user whose tag it goes by. */
  readonly user: number;
  /** The frame that begins it. */
  readonly first: Buffer;
  /** What follows from a reply: another frame, or the end. */
  next(reply: Buffer): Buffer | "done" | "failed";
}

/** Makes one run after another. */
export type Operation = () => Run;

/** The names of the operations. */
export const OPERATIONS = ["look-up hit", "look-up miss", "register", "login", "send"] as const;
export type OperationName = (typeof OPERATIONS)[number];

const KEY_FOUND = Buffer.from("BEGIN PUBLIC KEY");
const NOT_FOUND = Buffer.from("No user found");
const SUCCESS = Buffer.from('"success"');
/** Numbers (so tags) of users that come while it is measured, far from those that were there before. */
let newcomers = 1_000_000;

/** Look-ups of registered names. */
export function lookUpHit(users: readonly BenchUser[]): Operation {
  return lookUps(users, (user) => neighbour(users, user, 1).name, KEY_FOUND);
}

/** Look-ups of names that nobody has, all different. */
export function lookUpMiss(users: readonly BenchUser[]): Operation {
  return lookUps(users, (user) => `nobody-${user.number}`, NOT_FOUND);
}

/** Full registrations (challenge and answer) of new names by new tags; keys come round again after all were used. */
export function registration(keys: readonly Keys[]): Operation {
  return () => {
    const number = newcomers++;
    return registrationRun({ number, name: `new-${number}`, keys: at(keys, number) });
  };
}

/** Registrations of exactly these users. */
export function registrationOf(users: readonly BenchUser[]): Operation {
  let count = 0;
  return () => registrationRun(at(users, count++));
}

/** Full log-ins, each from a new tag, as after a restart of the user's client: the route moves. */
export function login(users: readonly BenchUser[]): Operation {
  let count = 0;
  return () => loginRun({ ...at(users, count++), number: newcomers++ });
}

/** Log-ins of exactly these users, from the tags that they registered from. */
export function loginOf(users: readonly BenchUser[]): Operation {
  let count = 0;
  return () => loginRun(at(users, count++));
}

/** Messages of one kilobyte from each user to another, signed before anything is measured. */
export function signSends(users: readonly BenchUser[], count: number): readonly Run[] {
  return Array.from({ length: count }, (_, index) => sendRun(users, index));
}

/** Sends those over and over, which a floor does not mind. */
export function sendingAgain(ahead: readonly Run[]): Operation {
  return roundRobin(ahead);
}

/** Sends those, each once, and then others that are signed as it goes. */
export function sending(users: readonly BenchUser[], ahead: readonly Run[]): Operation {
  let count = 0;
  return () => {
    const index = count++;
    return ahead[index] ?? sendRun(users, index);
  };
}

function sendRun(users: readonly BenchUser[], index: number): Run {
  const sender = at(users, index);
  const request = sendRequest(sender, neighbour(users, sender, users.length >> 1));
  return { user: sender.number, first: pushFrame(sender.number, request), next: ending(SUCCESS) };
}

function lookUps(users: readonly BenchUser[], name: (user: BenchUser) => string, wanted: Buffer): Operation {
  const next = ending(wanted);
  return roundRobin(
    users.map((user) => ({ user: user.number, first: pushFrame(user.number, queryRequest(name(user))), next })),
  );
}

function registrationRun(user: BenchUser): Run {
  return {
    user: user.number,
    first: pushFrame(user.number, registerRequest(user.name, user.keys)),
    next: answering("registrationResponse", user),
  };
}

function loginRun(user: BenchUser): Run {
  return {
    user: user.number,
    first: pushFrame(user.number, loginRequest(user.name)),
    next: answering("loginResponse", user),
  };
}

function ending(wanted: Buffer): Run["next"] {
  return (reply) => (reply.includes(wanted) ? "done" : "failed");
}

function answering(action: "registrationResponse" | "loginResponse", user: BenchUser): Run["next"] {
  return (reply) => {
    if (reply.includes(SUCCESS)) return "done";
    const nonce = /nonce\\": ?\\"([0-9a-f]{32})/.exec(reply.toString("latin1"))?.[1];
    if (nonce === undefined) return "failed";
    return pushFrame(user.number, challengeAnswer(action, user.name, nonce, user.keys));
  };
}

function roundRobin(runs: readonly Run[]): Operation {
  let count = 0;
  return () => at(runs, count++);
}

function neighbour(users: readonly BenchUser[], user: BenchUser, distance: number): BenchUser {
  return at(users, user.number + distance);
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
}
