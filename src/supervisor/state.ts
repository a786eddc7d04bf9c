/**
 * How one child is kept alive, as a pure table: for each state and event the next state and what is to be done. It is
 * total, so that no event at any time is unforeseen.
 */

export const STATES = [
  /** No child, and none wanted. The first state and the last. */
  "stopped",
  /** Launched, and not ready yet. */
  "starting",
  /** Whoever speaks its protocol saw it serve. */
  "ready",
  /** Asked to exit because it has grown too large; nobody minds if it takes its time. */
  "easing",
  /** Exited, or could not be launched; waiting before the next try. */
  "backingOff",
  /** Asked to exit, to be launched again. */
  "restarting",
  /** Did not exit in time; killed, to be launched again. */
  "killingToRestart",
  /** Asked to exit for good. */
  "stopping",
  /** Did not exit in time; killed for good. */
  "killing",
] as const;

/** One of {@link STATES}. */
export type State = (typeof STATES)[number];

export const EVENTS = [
  "startRequested",
  "readySeen",
  "exited",
  "launchFailed",
  /** The time that a start may take is over. */
  "allowancePassed",
  "backOffPassed",
  "restartRequested",
  /** A restart that must cost nothing: the child is asked, and never killed. */
  "easeRequested",
  "stopRequested",
  /** The time that a graceful exit may take is over. */
  "gracePassed",
] as const;

/** One of {@link EVENTS}. */
export type Event = (typeof EVENTS)[number];

/** What is to be done. There is one timer: arming it for one thing forgets the other. */
export type Effect =
  | "launch"
  /** Ask the child to exit (SIGINT). */
  | "interrupt"
  /** SIGKILL to its whole group. */
  | "kill"
  | "armAllowance"
  | "armBackOff"
  | "armGrace"
  | "disarm"
  /** Tell those who wait for the stop. */
  | "release";

export interface Transition {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** The transition on `event` in `state`. */
export function next(state: State, event: Event): Transition {
  return TABLE[state][event];
}

const to = (state: State, ...effects: readonly Effect[]): Transition => ({ state, effects });

const launch = to("starting", "launch", "armAllowance");
const backOff = to("backingOff", "armBackOff");
const restart = to("restarting", "interrupt", "armGrace");
const ease = to("easing", "interrupt");
const stop = to("stopping", "interrupt", "armGrace");
const stopped = to("stopped", "disarm", "release");

const TABLE: Readonly<Record<State, Readonly<Record<Event, Transition>>>> = {
  stopped: {
    startRequested: launch,
    readySeen: to("stopped"),
    exited: to("stopped"),
    launchFailed: to("stopped"),
    allowancePassed: to("stopped"),
    backOffPassed: to("stopped"),
    restartRequested: to("stopped"),
    easeRequested: to("stopped"),
    stopRequested: stopped,
    gracePassed: to("stopped"),
  },
  starting: {
    startRequested: to("starting"),
    readySeen: to("ready", "disarm"),
    exited: backOff,
    launchFailed: backOff,
    allowancePassed: restart,
    backOffPassed: to("starting"),
    restartRequested: restart,
    easeRequested: to("starting"),
    stopRequested: stop,
    gracePassed: to("starting"),
  },
  ready: {
    startRequested: to("ready"),
    readySeen: to("ready"),
    exited: backOff,
    launchFailed: backOff,
    allowancePassed: to("ready"),
    backOffPassed: to("ready"),
    restartRequested: restart,
    easeRequested: ease,
    stopRequested: stop,
    gracePassed: to("ready"),
  },
  easing: {
    startRequested: to("easing"),
    readySeen: to("easing"),
    exited: backOff,
    launchFailed: backOff,
    allowancePassed: to("easing"),
    backOffPassed: to("easing"),
    restartRequested: restart,
    easeRequested: ease,
    stopRequested: stop,
    gracePassed: to("easing"),
  },
  backingOff: {
    startRequested: to("backingOff"),
    readySeen: to("backingOff"),
    exited: to("backingOff"),
    launchFailed: to("backingOff"),
    allowancePassed: to("backingOff"),
    backOffPassed: launch,
    restartRequested: to("backingOff"),
    easeRequested: to("backingOff"),
    stopRequested: stopped,
    gracePassed: to("backingOff"),
  },
  restarting: {
    startRequested: to("restarting"),
    readySeen: to("restarting"),
    exited: backOff,
    launchFailed: backOff,
    allowancePassed: to("restarting"),
    backOffPassed: to("restarting"),
    restartRequested: to("restarting"),
    easeRequested: to("restarting"),
    stopRequested: to("stopping"),
    gracePassed: to("killingToRestart", "kill"),
  },
  killingToRestart: {
    startRequested: to("killingToRestart"),
    readySeen: to("killingToRestart"),
    exited: backOff,
    launchFailed: backOff,
    allowancePassed: to("killingToRestart"),
    backOffPassed: to("killingToRestart"),
    restartRequested: to("killingToRestart"),
    easeRequested: to("killingToRestart"),
    stopRequested: to("killing"),
    gracePassed: to("killingToRestart"),
  },
  stopping: {
    startRequested: to("stopping"),
    readySeen: to("stopping"),
    exited: stopped,
    launchFailed: stopped,
    allowancePassed: to("stopping"),
    backOffPassed: to("stopping"),
    restartRequested: to("stopping"),
    easeRequested: to("stopping"),
    stopRequested: to("stopping"),
    gracePassed: to("killing", "kill"),
  },
  killing: {
    startRequested: to("killing"),
    readySeen: to("killing"),
    exited: stopped,
    launchFailed: stopped,
    allowancePassed: to("killing"),
    backOffPassed: to("killing"),
    restartRequested: to("killing"),
    easeRequested: to("killing"),
    stopRequested: to("killing"),
    gracePassed: to("killing"),
  },
};
