/** What a message to everybody in a large group costs, and what it does to the look-ups of others meanwhile. */
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeEntry, encodeProfile } from "../../src/actions/v2/groups/stored.js";
import type { GroupId, GroupProfile } from "../../src/protocol/v2/groups.js";
import type { Change } from "../../src/store/changes.js";
import type { UserId } from "../../src/store/identifiers.js";
import { hourAfter } from "../../src/util/time.js";
import type { Bound } from "../v2-user/account.js";
import { type Ask, askThrough, forAll, must, prove } from "./ask.js";
import { newUser, openDatabase } from "./data-set.js";
import { round } from "./measure.js";
import type { BenchNymClient } from "./nym-client.js";
import { anonymousFrame, signedFrame, type V2BenchUser } from "./v2-requests.js";

/** How long look-ups took, in milliseconds. */
export interface LookUpTimes {
  readonly lookUps: number;
  readonly p50: number;
  readonly p99: number;
}

/** One message after the other to a group of so many, and look-ups between and meanwhile. */
export interface FanOut {
  readonly members: number;
  readonly messages: number;
  /** From the request until everybody's push was handed over, in milliseconds. */
  readonly handedOver: { readonly median: number; readonly most: number };
  readonly quiet: LookUpTimes;
  readonly meanwhile: LookUpTimes;
  /** How many times the p99 of the quiet look-ups. */
  readonly ratio: number;
}

const BODY_BYTES = 1_024;
/** Tags of those who look others up, and how many there are. */
const STRANGERS = { first: 1_000_000, count: 512 };
/** SURBs that members say they bring before anything is pushed to them. */
const FIRST_SURBS = 255;
const ACK_SURBS = 4;
const ID_BYTES = 16;
const SIGNATURE_BYTES = 64;

/** Makes a database at `path` with these users in one group, of which the first is the owner. */
export async function makeGroup(path: string, users: readonly V2BenchUser[]): Promise<GroupId> {
  await using store = await openDatabase(path);
  const group = Uint8Array.from(randomBytes(ID_BYTES)) as GroupId;
  const now = Date.now();
  const outcomes = await store.commit(users.map(({ name, keys }) => [newUser(name, keys.publicKey, now)]));
  const ids = outcomes.flatMap((outcome) => (outcome.status === "applied" ? outcome.users : []));
  const [owner, ...members] = ids;
  if (owner === undefined) throw new RangeError("a group needs an owner");
  const profile: GroupProfile = {
    ...{ name: "Everybody", listed: true, join: "open", announcements: false },
    maxMembers: users.length,
  };
  const entry = encodeEntry({ verb: "profile", profile }, randomBytes(SIGNATURE_BYTES));
  const by = { user: owner, keyVersion: 1, group, entry, most: 1 };
  const made = await store.commit([
    [{ ...by, kind: "createGroup", profile: encodeProfile(profile) }],
    ...members.map((member, index) => [joining(by, member, index)]),
  ]);
  if (made.some(({ status }) => status !== "applied")) throw new Error("the group could not be made");
  return group;
}

/** Only managers are told, so that mailboxes are empty when the last one is in. */
function joining(
  by: { readonly user: UserId; readonly keyVersion: number; readonly group: GroupId; readonly entry: Uint8Array },
  member: UserId,
  index: number,
): Change {
  const event = { to: "managers", origin: Buffer.alloc(ID_BYTES), payload: Buffer.alloc(1) } as const;
  return {
    ...{ ...by, kind: "changeGroup", sequence: index + 2, keep: 1, dissolve: false, most: 1 },
    members: [{ user: member, standing: "member" }],
    event: { ...event, expires: hourAfter(Date.now()) },
  };
}

/** What is sent to whom, and how often somebody is looked up. */
interface FanOutOptions {
  readonly group: GroupId;
  readonly users: readonly V2BenchUser[];
  readonly messages: number;
  /** Milliseconds from one look-up to the next, whether or not it was answered. */
  readonly every: number;
}

/** Has the first of `users` send so many messages to the group, and strangers look members up all the time. */
export async function fanOut(
  nymClient: BenchNymClient,
  bound: Bound,
  { group, users, messages, every }: FanOutOptions,
): Promise<FanOut> {
  const [owner, ...members] = users;
  if (owner === undefined) throw new RangeError("a group needs an owner");
  const pushed = new Map<number, number>();
  let told: () => void = () => undefined;
  const ask = askThrough(nymClient, (number, { first, count }) => {
    pushed.set(number, first + count - 1);
    if (pushed.size === members.length) told();
  });
  await prove(ask, bound, users, "login");
  await forAll(members, (user) => must(ask, user, signedFrame(bound, user, "status", {}, FIRST_SURBS)));
  const [quiet, meanwhile, took]: [number[], number[], number[]] = [[], [], []];
  await lookUps({ ask, users, every }, sleep(1_000), []);
  for (let count = 0; count < messages; count++) {
    pushed.clear();
    const all = new Promise<void>((resolve) => (told = resolve));
    const begun = performance.now();
    const sent = must(ask, owner, signedFrame(bound, owner, "groupSend", { group, body: randomBytes(BODY_BYTES) }));
    await lookUps({ ask, users, every }, Promise.all([sent, all]), meanwhile);
    took.push(performance.now() - begun);
    await forAll(members, (user) => {
      const last = pushed.get(user.number) ?? 0;
      const ack = signedFrame(bound, user, "ack", { ranges: [{ first: last, last }] }, ACK_SURBS);
      return must(ask, user, ack);
    });
    await lookUps({ ask, users, every }, sleep(took.at(-1)), quiet);
  }
  const times = [quiet, meanwhile].map(timesOf) as [LookUpTimes, LookUpTimes];
  const sorted = took.toSorted((one, other) => one - other);
  return {
    ...{ members: members.length, messages },
    handedOver: { median: round(sorted[sorted.length >> 1] ?? 0), most: round(sorted.at(-1) ?? 0) },
    ...{ quiet: times[0], meanwhile: times[1], ratio: round(times[1].p99 / times[0].p99) },
  };
}

/** Looks users up at a steady pace until `end`; adds the milliseconds of each to `times`. */
async function lookUps(
  { ask, users, every }: Pick<FanOutOptions, "users" | "every"> & { readonly ask: Ask },
  end: Promise<unknown>,
  times: number[],
): Promise<void> {
  const state = { ended: false };
  const over = end.finally(() => (state.ended = true));
  const underway: Promise<void>[] = [];
  const begun = performance.now();
  for (let count = 0; !state.ended; count++) {
    const due = begun + count * every;
    if (due > performance.now()) await sleep(due - performance.now());
    const stranger = STRANGERS.first + (count % STRANGERS.count);
    const { name } = users[count % users.length] ?? { name: undefined };
    if (name === undefined) break;
    const asked = performance.now();
    const answered = ask(stranger, anonymousFrame(stranger, "lookup", { name }));
    underway.push(answered.then(() => void times.push(performance.now() - asked)));
  }
  await Promise.all(underway);
  await over;
}

function timesOf(times: readonly number[]): LookUpTimes {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (part: number): number => round(sorted[Math.floor(sorted.length * part)] ?? 0);
  return { lookUps: times.length, p50: at(0.5), p99: at(0.99) };
}
