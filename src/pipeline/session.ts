/**
 * What the directory knows, in memory only, of one senderTag at one Nym client: when it was last heard from, how many
 * SURBs it is believed to have left with us, its lane, and whose route it is. All of it dies with the Nym client's SURBs.
 */
import { randomInt } from "node:crypto";
import type { Bridge } from "../bridge/bridge.js";
import type { Lane } from "../protocol/nym-client/frames.js";
import type { SenderTag } from "../protocol/nym-client/sender-tag.js";
import type { RequestId } from "../protocol/v2/terms.js";
import type { Route } from "../store/rows.js";
import type { UserId } from "../store/identifiers.js";
import { BoundedMap } from "../util/bounded-map.js";
import type { Clock } from "../util/time.js";
import type { Work } from "./work.js";

/** One Nym client of the pool, as the pipeline keeps it. */
export interface PoolClient {
  readonly bridge: Bridge;
  /** The identity key (base58) of its address; empty until it has opened. */
  identity: string;
  /** Another number each time that its SURBs are lost. */
  incarnation: number;
  open: boolean;
  readonly sessions: BoundedMap<SenderTag, Session>;
  readonly lanes: Map<Lane, Session>;
  /** Packets believed to be queued in all lanes, and those that were seen to have left them, see `backlog.ts`. */
  queued: number;
  departed: number;
  /** Packets that its lanes held, in all, when they were last read, and whether it has ever told. */
  read: number;
  tells: boolean;
  /** The sessions whose lanes are believed to hold something, those first that were longest not asked. */
  readonly busyLanes: Set<Session>;
  /** The sessions for which something waits that the client as a whole did not take. */
  readonly heldUp: Set<Session>;
}

/** One senderTag at one Nym client. */
export interface Session {
  readonly client: PoolClient;
  readonly route: Route;
  readonly lane: Lane;
  /** When the last request came, by the clock that nobody sets. */
  heardAt: number;
  /** SURBs that the tag brought and that we have not used: a hint, checked against lane lengths. */
  surbs: number;
  /** The id of the latest v2 request, by which the client knows that a push is ours. */
  requestId: RequestId | undefined;
  /** Whose route this is; `undefined` when nobody's, `"unknown"` until it has been looked up. */
  owner: UserId | "unknown" | undefined;
  /** The protocol of the owner, and so of what is sent unasked. */
  speaks: "v1" | "v2";
  /** Requests in the order of their arrival, until their replies are released. */
  readonly works: Work[];
  /** Packets that the replies of these may take. */
  promised: number;
  /** Requests with this lane that were handed over, and queue lengths that answered them, on the present connection. */
  asked: number;
  answered: number;
  /** Packets believed to be queued in the lane, and how many of them the latest of these requests put there. */
  queued: number;
  latest: number;
  /** Packets in the lane when it was last read. */
  read: number;
  /** Theoretical arrival time of the tag's own rate limit, see `util/gcra.ts`. */
  arrival: number;
}

const MAX_LANE = 2 ** 47;

/** A Nym client that has not opened yet. `evicted` is told of sessions that had to go for newer ones. */
export function createPoolClient(bridge: Bridge, capacity: number, evicted: (session: Session) => void): PoolClient {
  const lanes = new Map<Lane, Session>();
  const sessions = new BoundedMap<SenderTag, Session>(capacity, (session) => {
    lanes.delete(session.lane);
    evicted(session);
  });
  return {
    bridge,
    identity: "",
    incarnation: newIncarnation(),
    open: false,
    sessions,
    lanes,
    queued: 0,
    departed: 0,
    read: 0,
    tells: false,
    busyLanes: new Set(),
    heldUp: new Set(),
  };
}

/** The session of a tag that has just been heard from, made on its first request. */
export function hear(client: PoolClient, tag: SenderTag, clock: Clock): Session {
  const now = clock();
  const known = client.sessions.get(tag);
  if (known !== undefined) {
    if (now - known.heardAt > 1000) client.sessions.refresh(tag);
    known.heardAt = now;
    return known;
  }
  const session: Session = {
    client,
    route: { client: client.identity, incarnation: client.incarnation, tag },
    lane: freeLane(client),
    heardAt: now,
    surbs: 0,
    requestId: undefined,
    owner: "unknown",
    speaks: "v1",
    works: [],
    promised: 0,
    asked: 0,
    answered: 0,
    queued: 0,
    latest: 0,
    read: 0,
    arrival: 0,
  };
  client.sessions.set(tag, session);
  client.lanes.set(session.lane, session);
  return session;
}

/** Forgets all sessions: the SURBs that they stood for are gone. */
export function forgetSessions(client: PoolClient): void {
  client.sessions.clear();
  client.lanes.clear();
  client.queued = 0;
  client.read = 0;
  client.busyLanes.clear();
  client.heldUp.clear();
  client.incarnation = newIncarnation();
}

/** Is this session still the one of its tag, with SURBs that may be used? */
export function isLive(session: Session): boolean {
  return session.client.sessions.get(session.route.tag) === session;
}

/** Random, so that it says nothing of when a client was started or how often. */
function newIncarnation(): number {
  return randomInt(1, 2 ** 31);
}

function freeLane(client: PoolClient): Lane {
  for (;;) {
    const lane = randomInt(1, MAX_LANE);
    if (!client.lanes.has(lane)) return lane;
  }
}
