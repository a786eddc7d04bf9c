/**
 * Backlog: what is believed to be queued at each Nym client, lane by lane. A lane is worth what it last read and what was
 * handed over since; those that are worth something are asked again at a fixed pace, since nobody tells when they drain.
 * Requests are refused for what lanes were read to hold alone: a Nym client may be faster than its answers, or give none.
 */
import { isLive, type PoolClient, type Session } from "./session.js";

/** Limits, in packets. */
export interface BacklogLimits {
  /** A lane that holds so many takes no further message. */
  readonly lane: number;
  /** A Nym client that holds so many takes no further request; `undefined` for no limit. */
  readonly client: number | undefined;
}

/** Lanes that are asked for their length at a time: those that were longest not asked. */
const MOST_ASKED = 250;
/** Sessions that are told at a time that they are not held up any more. */
const MOST_EASED = 250;

/** A request was handed over that puts `packets` packets into the session's lane. */
export function handedOver(session: Session, packets: number): void {
  session.asked++;
  session.latest = packets;
  if (packets > 0 && isLive(session) && session.client.tells) setQueued(session, session.queued + packets);
}

/** The session's lane was read: its length as it was before the request that this answers. */
export function laneRead(session: Session, length: number): void {
  session.client.tells = true;
  // Never more than were asked: answers that run ahead would speak of less than they are taken for, from then on.
  session.answered = Math.min(session.asked, session.answered + 1);
  if (isAnswerDue(session)) return;
  setQueued(session, length + session.latest);
  setRead(session, length);
}

/** The session is forgotten, and its lane with it. */
export function forgetLane(session: Session): void {
  setQueued(session, 0);
  setRead(session, 0);
  session.client.heldUp.delete(session);
}

/** Whether a request with the session's lane is not answered yet. */
export function isAnswerDue({ asked, answered }: Session): boolean {
  return answered < asked;
}

/** Whether the session's lane takes no further message. */
export function isLaneFull(session: Session, { lane }: BacklogLimits): boolean {
  return session.queued >= lane;
}

/** Packets that one reply may add to the session's lane: what is there may be waiting for SURBs that never came. */
export function laneRoom({ queued }: Session, { lane }: BacklogLimits): number {
  return queued === 0 ? Infinity : Math.max(0, lane - queued);
}

/** What a Nym client takes in: everything, requests only to refuse them, or nothing, since refusals are packets too. */
export type Intake = "open" | "refusing" | "closed";

/** What the client takes in: nothing while it does not read, or else what its lanes, as they were last read, leave. */
export function intakeOf({ bridge, read }: PoolClient, { client }: BacklogLimits): Intake {
  if (bridge.full) return "closed";
  if (client === undefined || read < client) return "open";
  return read < 2 * client ? "refusing" : "closed";
}

/** Whether no message may go to this session now. If its Nym client is why, `eased` will tell when that is over. */
export function isHeldUp(session: Session, limits: BacklogLimits): boolean {
  if (isLaneFull(session, limits)) return true;
  if (intakeOf(session.client, limits) === "open") return false;
  session.client.heldUp.add(session);
  return true;
}

/** Tells of sessions that the client held up, some at a time, for as long as it does not do so again. */
export function eased(client: PoolClient, limits: BacklogLimits, tell: (session: Session) => void): void {
  // Those that are held up anew stand behind these, and wait for another time.
  let left = Math.min(MOST_EASED, client.heldUp.size);
  for (const session of client.heldUp) {
    if (left-- === 0 || intakeOf(client, limits) !== "open") return;
    client.heldUp.delete(session);
    tell(session);
  }
}

/** Asks, through `ask`, for the lengths of lanes that are believed to hold something and of which no answer is due. */
export function askLanes({ open, busyLanes }: PoolClient, ask: (session: Session) => void): void {
  if (!open) return;
  let left = Math.min(MOST_ASKED, busyLanes.size);
  for (const session of busyLanes) {
    if (left-- === 0) return;
    busyLanes.delete(session);
    busyLanes.add(session);
    if (!isAnswerDue(session)) ask(session);
  }
}

function setQueued(session: Session, queued: number): void {
  const { client, queued: before } = session;
  session.queued = queued;
  client.queued += queued - before;
  if (queued < before) client.departed += before - queued;
  if (queued > 0) client.busyLanes.add(session);
  else client.busyLanes.delete(session);
}

function setRead(session: Session, length: number): void {
  session.client.read += length - session.read;
  session.read = length;
}
