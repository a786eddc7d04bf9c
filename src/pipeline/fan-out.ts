/**
 * Fan-out: the mailboxes into which one message was put for many are woken one after the other, the next when what the one
 * before it brought has left its lane. A Nym client serves its lanes in turn or at random, so that whoever asks something
 * else would wait for all of them. A lane that does not drain for long is waited for no longer, and not again until it has.
 */
import type { UserId } from "../store/identifiers.js";
import { isAnswerDue } from "./backlog.js";
import type { Session } from "./session.js";

export interface FanOutComponents {
  /** Nym clients of the pool: as many lanes may be under way. */
  readonly clients: number;
  /** Hands over what waits for this user; resolves with their session when it has been, if anything may be. */
  readonly wake: (user: UserId) => Promise<Session> | undefined;
  readonly askLane: (session: Session) => void;
}

/** Hands over what was put into many mailboxes. */
export interface FanOut {
  /** The same was put into the mailboxes of these users. Takes turns with what was put into others before. */
  stored(users: readonly UserId[]): void;
  /** A queue length of this session's lane was read. */
  laneRead(session: Session): void;
}

/** Milliseconds to the next look at a lane: soon for so many looks, then later. */
const LOOK_MS = { soon: 1, later: 4, soonLooks: 3 } as const;
/** Looks after which a lane is waited for no longer: about a fifth of a second. */
const MOST_LOOKS = 50;

/** Creates the stage. */
export function createFanOut({ clients, wake, askLane }: FanOutComponents): FanOut {
  const waiting: UserId[][] = [];
  /** Mailboxes that are being read, and lanes that what was in them is in, with their next look. */
  let reading = 0;
  const leaving = new Map<Session, NodeJS.Timeout>();
  const stuck = new WeakSet<Session>();

  function wakeNext(): void {
    while (reading + leaving.size < clients && waiting.length > 0) {
      const users = waiting.shift() ?? [];
      const user = users.shift();
      if (users.length > 0) waiting.push(users);
      const read = user === undefined ? undefined : wake(user);
      if (read === undefined) continue;
      reading++;
      void read.then((session) => {
        reading--;
        if (session.queued > 0 && !leaving.has(session) && !stuck.has(session)) look(session, 0);
        else wakeNext();
      });
    }
  }

  function look(session: Session, looks: number): void {
    if (looks === MOST_LOOKS) stuck.add(session);
    if (session.queued === 0 || looks === MOST_LOOKS) return goOn(session);
    if (!isAnswerDue(session)) askLane(session);
    const pause = looks < LOOK_MS.soonLooks ? LOOK_MS.soon : LOOK_MS.later;
    const timer = setTimeout(() => look(session, looks + 1), pause);
    leaving.set(session, timer.unref());
  }

  function goOn(session: Session): void {
    clearTimeout(leaving.get(session));
    leaving.delete(session);
    wakeNext();
  }

  return {
    stored(users) {
      if (users.length <= clients) {
        for (const user of users) void wake(user);
        return;
      }
      waiting.push([...users]);
      wakeNext();
    },
    laneRead(session) {
      if (session.queued > 0) return;
      stuck.delete(session);
      if (leaving.has(session)) goOn(session);
    },
  };
}
