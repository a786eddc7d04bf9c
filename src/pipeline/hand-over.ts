/**
 * Hand-over: messages for v1 users wait in the store until they are handed over, which means: the recipient's tag was
 * heard from within minutes, its SURBs cover the packets, and its lane read nought within seconds. Then they are erased.
 * Otherwise they stay, and are offered again at the next request on that tag or at the next login, until they expire.
 */
import { decodePayload } from "../protocol/v1/incoming.js";
import type { Delivery } from "../store/rows.js";
import type { Sequence, UserId } from "../store/identifiers.js";
import { replyPackets } from "../protocol/packets.js";
import type { Store } from "../store/store.js";
import type { Counters } from "../telemetry/counters.js";
import { BoundedMap } from "../util/bounded-map.js";
import type { Clock } from "../util/time.js";
import { type BacklogLimits, isHeldUp, isLaneFull } from "./backlog.js";
import type { Outbox } from "./outbox.js";
import type { Sealer } from "./seal.js";
import { isLive, type Session } from "./session.js";

/** What handing over stands on. */
export interface HandOverComponents {
  readonly store: Pick<Store, "deliveries" | "commitLazily">;
  readonly outbox: Outbox;
  readonly seal: Sealer;
  readonly counters: Counters;
  readonly clock: Clock;
  /** Told of a user into whose mailbox a receipt has been put. */
  readonly receipt: (user: UserId) => void;
}

/** Times in milliseconds. */
export interface HandOverOptions {
  /** Beyond these, messages stay in the store. */
  readonly backlog: BacklogLimits;
  /** A tag that was silent for longer is not pushed to. */
  readonly routeFresh: number;
  /** A lane that has not drained after this long has not taken its messages. */
  readonly handOver: number;
  /** How often a lane that has not drained is asked for its length. */
  readonly lanePoll: number;
  /** Mailboxes of which something is remembered. */
  readonly mailboxes: number;
}

/** What waits for one user, as far as this process knows. */
interface Mailbox {
  readonly user: UserId;
  /** The session that is the user's route; undefined until it is heard from. */
  session: Session | undefined;
  /** May there be something to hand over? */
  waiting: boolean;
  /** May there be something that was never handed over? */
  unoffered: boolean;
  /** The fewest SURBs that something below the cursor needs, which was left behind for want of them. */
  passedOver: number;
  /** Is a read of the store under way? */
  reading: boolean;
  /** What is under way to the lane; ends by draining, by time, or with its Nym client. */
  lease: Lease | undefined;
  /** Handed over up to here, if not erased yet. */
  cursor: Sequence | 0;
  /** Settles when what was handed over last is erased. */
  erased: Promise<void>;
}

interface Lease {
  readonly session: Session;
  readonly sequences: readonly Sequence[];
  /** The last one that was looked at. */
  readonly last: Sequence | 0;
  /**
   * Ordinal of the lane answer that first speaks of all of them. Not that of their own hand-over: a Nym client answers
   * it before it has cut the message into packets.
   */
  answer: number;
  readonly deadline: number;
  timer: NodeJS.Timeout | undefined;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** Deliveries read and leased at a time. */
const LEASE_MESSAGES = 32;

/** Moves messages from the store to lanes. */
export interface HandOverStage {
  /** A message for this user is stored. */
  stored(user: UserId): void;
  /** A fresh signature made this session the route of this user. */
  routed(user: UserId, session: Session): void;
  /** The session is no longer the route of whose it was. */
  released(session: Session): void;
  /** The user has no route any more. */
  unrouted(user: UserId): void;
  /** The store says that this session is the route of this user. A fresh signature in the meantime knows better. */
  owned(user: UserId, session: Session): void;
  /** A session was heard from, and its reply released. */
  heard(session: Session): void;
  /** A queue length of this session's lane was read. */
  laneRead(session: Session, length: number): void;
  /** The session's connection is there again. */
  regained(session: Session): void;
  /** The session's connection is gone: what was leased to it was not handed over. */
  lost(session: Session): void;
  /** Offers nothing more; resolves when what is leased has drained or timed out, and is erased. */
  drain(): Promise<void>;
}

/** Creates the stage. */
export function createHandOver(components: HandOverComponents, options: HandOverOptions): HandOverStage {
  const { store, outbox, seal, counters, clock } = components;
  const mailboxes = new BoundedMap<UserId, Mailbox>(options.mailboxes, endLease);
  let stopped = false;

  function mailboxOf(user: UserId): Mailbox {
    const known = mailboxes.get(user);
    if (known !== undefined) return known;
    const erased = Promise.resolve();
    const mailbox: Mailbox = {
      user,
      session: undefined,
      waiting: true,
      unoffered: true,
      passedOver: Infinity,
      reading: false,
      lease: undefined,
      cursor: 0,
      erased,
    };
    mailboxes.set(user, mailbox);
    return mailbox;
  }

  function wake(mailbox: Mailbox): void {
    const { session } = mailbox;
    if (stopped || mailbox.reading || mailbox.lease !== undefined || session === undefined) return;
    if (session.surbs >= mailbox.passedOver) {
      // From the beginning again, since there are enough now.
      mailbox.passedOver = Infinity;
      mailbox.cursor = 0;
      mailbox.waiting = true;
    }
    if (mailbox.waiting && isFresh(session)) void offer(mailbox, session);
  }

  function markNew(mailbox: Mailbox): void {
    mailbox.waiting = true;
    mailbox.unoffered = true;
  }

  function isFresh(session: Session): boolean {
    return session.client.open && isLive(session) && clock() - session.heardAt <= options.routeFresh;
  }

  /** Leases what the session can take. */
  async function offer(mailbox: Mailbox, session: Session): Promise<void> {
    mailbox.waiting = false;
    mailbox.unoffered = false;
    mailbox.reading = true;
    let complete = false;
    try {
      if (mailbox.cursor === 0) await mailbox.erased;
      const found = await store.deliveries(mailbox.user, mailbox.cursor, LEASE_MESSAGES);
      if (session === mailbox.session && !stopped) complete = lease(mailbox, session, found);
      if (!complete || found.length === LEASE_MESSAGES) markNew(mailbox);
    } catch {
      markNew(mailbox);
      counters.add("requests.failed");
    }
    mailbox.reading = false;
    if (complete || mailbox.session !== session) wake(mailbox);
  }

  /** Leases what the session can take of these; false when it could not take them all now. */
  function lease(mailbox: Mailbox, session: Session, found: readonly Delivery[]): boolean {
    const taken: Sequence[] = [];
    let last = mailbox.cursor;
    for (const { payload, sequence } of found) {
      if (!isFresh(session) || isHeldUp(session, options.backlog)) break;
      const message = decodePayload(payload);
      const sealed = message && seal({ kind: "incomingMessage", ...message });
      const packets = sealed && replyPackets(sealed.length);
      if (session.surbs === 0) break;
      if (sealed !== undefined && packets !== undefined && packets <= session.surbs) {
        if (!outbox.handOver(session, sealed, 0)) break;
        taken.push(sequence);
      } else {
        // It holds up nothing behind it: it goes when there are enough, or stays until it expires if nobody knows it.
        mailbox.passedOver = Math.min(mailbox.passedOver, packets ?? Infinity);
      }
      last = sequence;
    }
    counters.add("messages.offered", taken.length);
    const complete = last === (found.at(-1)?.sequence ?? last);
    // A lease of nothing waits for the lane as one of messages does.
    const held = !complete && isLaneFull(session, options.backlog);
    if (taken.length > 0 || held) mailbox.lease = leaseOf(mailbox, session, taken, last);
    else mailbox.cursor = last;
    return complete;
  }

  function leaseOf(mailbox: Mailbox, session: Session, sequences: readonly Sequence[], last: Sequence | 0): Lease {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const deadline = clock() + options.handOver;
    const lease: Lease = { session, sequences, last, answer: Infinity, deadline, timer: undefined, ended, end };
    const poll = (): void => {
      const left = lease.deadline - clock();
      if (left <= 0) {
        // What was not answered in all this time never will be, and must not hold up the next lease.
        session.answered = session.asked;
        return endLease(mailbox);
      }
      outbox.askLane(session);
      lease.answer = Math.min(lease.answer, session.asked);
      lease.timer = setTimeout(poll, Math.min(options.lanePoll, left));
    };
    lease.timer = setTimeout(poll, options.lanePoll);
    return lease;
  }

  /** Nothing says that the leased messages were taken: they stay, until the user is heard from again. */
  function endLease(mailbox: Mailbox): void {
    if (mailbox.lease === undefined) return;
    settle(mailbox, mailbox.lease);
    mailbox.waiting = true;
    mailbox.cursor = 0;
  }

  function settle(mailbox: Mailbox, lease: Lease): void {
    clearTimeout(lease.timer);
    mailbox.lease = undefined;
    lease.end();
  }

  function drained(mailbox: Mailbox, lease: Lease): void {
    const { sequences, last } = lease;
    settle(mailbox, lease);
    mailbox.cursor = last;
    if (sequences.length > 0) {
      counters.add("messages.handedOver", sequences.length);
      mailbox.erased = erase(mailbox, sequences);
    }
    wake(mailbox);
  }

  async function erase(mailbox: Mailbox, sequences: readonly Sequence[]): Promise<void> {
    const [outcome] = await store.commitLazily([
      [{ kind: "eraseDeliveries", recipient: mailbox.user, sequences, as: "handedOver" }],
    ]);
    if (outcome?.status === "applied") {
      for (const user of outcome.receipts) components.receipt(user);
      return;
    }
    counters.add("commits.failed");
    mailbox.cursor = 0;
    mailbox.waiting = true;
  }

  return {
    stored(user) {
      const mailbox = mailboxes.get(user);
      if (mailbox === undefined) return;
      markNew(mailbox);
      wake(mailbox);
    },
    routed(user, session) {
      if (typeof session.owner === "number" && session.owner !== user) release(session);
      session.owner = user;
      const mailbox = mailboxOf(user);
      if (mailbox.session !== session) {
        if (mailbox.session !== undefined) release(mailbox.session);
        mailbox.session = session;
      }
      mailbox.waiting = true;
      wake(mailbox);
    },
    released: release,
    unrouted(user) {
      const mailbox = mailboxes.get(user);
      if (mailbox === undefined) return;
      endLease(mailbox);
      if (mailbox.session?.owner === user) mailbox.session.owner = undefined;
      mailbox.session = undefined;
    },
    owned(user, session) {
      if (session.owner !== undefined) return;
      session.owner = user;
      const mailbox = mailboxOf(user);
      if (mailbox.session === undefined || !isLive(mailbox.session)) mailbox.session = session;
      wake(mailbox);
    },
    heard(session) {
      if (typeof session.owner !== "number") return;
      const mailbox = mailboxOf(session.owner);
      if (mailbox.session === session) {
        wake(mailbox);
        return;
      }
      // Another session may have become the route since: ask the store at the next request.
      session.owner = "unknown";
    },
    laneRead(session, length) {
      if (length !== 0 || typeof session.owner !== "number") return;
      const mailbox = mailboxes.get(session.owner);
      const lease = mailbox?.lease;
      if (mailbox === undefined || lease?.session !== session || session.answered < lease.answer) return;
      drained(mailbox, lease);
    },
    regained(session) {
      if (typeof session.owner !== "number") return;
      const mailbox = mailboxes.get(session.owner);
      if (mailbox?.session === session && mailbox.unoffered) wake(mailbox);
    },
    lost(session) {
      if (typeof session.owner !== "number") return;
      const mailbox = mailboxes.get(session.owner);
      if (mailbox?.lease?.session === session) endLease(mailbox);
    },
    async drain() {
      stopped = true;
      for (const mailbox of mailboxes.values()) {
        await mailbox.lease?.ended;
        await mailbox.erased;
      }
    },
  };

  /** The session is no longer its owner's route. */
  function release(session: Session): void {
    if (typeof session.owner !== "number") return;
    const mailbox = mailboxes.get(session.owner);
    session.owner = undefined;
    if (mailbox?.session !== session) return;
    endLease(mailbox);
    mailbox.session = undefined;
  }
}
