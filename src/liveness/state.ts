/**
 * Whether a Nym client lives, as a pure table: for each state and event the next state and what is to be done. Alive is
 * what a message came out of, our own probe or anybody's; an answer on the socket alone says nothing of the mixnet.
 */

export const STATES = [
  /** No connection that was answered on. */
  "away",
  /** Nothing has come in since the last check. */
  "resting",
  /** A message has come in since the last check: no probe is needed. */
  "heard",
  /** Asked for its address, and a probe is on its way. */
  "asking",
  /** It told its address, and the probe is on its way. */
  "waiting",
] as const;

/** One of {@link STATES}. */
export type State = (typeof STATES)[number];

export const EVENTS = [
  "opened",
  "closed",
  /** A message came in through the mixnet. */
  "messageHeard",
  "addressTold",
  /** It is time for the next check. */
  "checkDue",
  "addressOverdue",
  "probeOverdue",
] as const;

/** One of {@link EVENTS}. */
export type Event = (typeof EVENTS)[number];

/** What is to be done. There is one timer: arming it for one thing forgets the other. */
export type Effect =
  /** Ask for its address, and send a message to it through the mixnet. */
  | "ask"
  | "armCheck"
  | "armAddress"
  | "armProbe"
  /** It lives: forget what it missed. */
  | "alive"
  /** It missed a check, see {@link judge}. */
  | "miss";

export interface Transition {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** The transition on `event` in `state`. */
export function next(state: State, event: Event): Transition {
  return TABLE[state][event];
}

const to = (state: State, ...effects: readonly Effect[]): Transition => ({ state, effects });

const ask = to("asking", "ask", "armAddress");
const alive = to("heard", "alive", "armCheck");
const missed = to("resting", "miss", "armCheck");
const gone = to("away", "armCheck");

const TABLE: Readonly<Record<State, Readonly<Record<Event, Transition>>>> = {
  away: {
    opened: ask,
    closed: to("away"),
    messageHeard: to("away"),
    addressTold: to("away"),
    checkDue: to("away", "miss", "armCheck"),
    addressOverdue: to("away"),
    probeOverdue: to("away"),
  },
  resting: {
    opened: ask,
    closed: gone,
    messageHeard: to("heard", "alive"),
    addressTold: to("resting"),
    checkDue: ask,
    addressOverdue: to("resting"),
    probeOverdue: to("resting"),
  },
  heard: {
    opened: ask,
    closed: gone,
    messageHeard: to("heard"),
    addressTold: to("heard"),
    checkDue: to("resting", "armCheck"),
    addressOverdue: to("heard"),
    probeOverdue: to("heard"),
  },
  asking: {
    opened: ask,
    closed: gone,
    messageHeard: alive,
    addressTold: to("waiting", "armProbe"),
    checkDue: to("asking"),
    addressOverdue: missed,
    probeOverdue: to("asking"),
  },
  waiting: {
    opened: ask,
    closed: gone,
    messageHeard: alive,
    addressTold: to("waiting"),
    checkDue: to("waiting"),
    addressOverdue: to("waiting"),
    probeOverdue: missed,
  },
};

/** A miss, and what excuses it. */
export interface Miss {
  /** How many in a row, this one included. */
  readonly misses: number;
  /** So many in a row are a death. */
  readonly limit: number;
  /** What is queued at the Nym client, as the time that it takes to send. */
  readonly queuedSeconds: number;
  /** Above this it is busy. */
  readonly busySeconds: number;
  /** Whether anything has left its queue since the check began: what is queued and does not move is no work. */
  readonly moving: boolean;
}

/** Whether a miss counts, and whether it is one too many: at the limit, and at each multiple of it. */
export function judge({ misses, limit, queuedSeconds, busySeconds, moving }: Miss): "excused" | "missed" | "dead" {
  if (queuedSeconds > busySeconds && moving) return "excused";
  return misses % limit === 0 ? "dead" : "missed";
}
