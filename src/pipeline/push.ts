/**
 * Push: what waits for a v2 user is sent unasked while their tag is fresh, its SURBs cover the packets and its lane has
 * room, in the order of sequences; several small messages share a packet. It stays in the store until it is acknowledged
 * or expires: what is not acknowledged in time is sent again, ever more rarely, and what SURBs do not cover waits, with
 * all that is behind it, until they do, or until it is fetched.
 */
import { replyPackets } from "../protocol/packets.js";
import { decodeItem } from "../protocol/v2/payload.js";
import type { Item } from "../protocol/v2/reply.js";
import { deliveriesOf, mailboxOf, type Delivery } from "../store/rows.js";
import type { UserId } from "../store/identifiers.js";
import type { SequenceRange } from "../protocol/v2/terms.js";
import type { Counters } from "../telemetry/counters.js";
import { BoundedMap } from "../util/bounded-map.js";
import type { Clock } from "../util/time.js";
import { type BacklogLimits, isHeldUp } from "./backlog.js";
import type { Loader } from "./load.js";
import type { Outbox } from "./outbox.js";
import { pagesOf } from "./pages.js";
import type { Sealer } from "./seal.js";
import { isLive, type Session } from "./session.js";
import { SURB_RESERVE } from "./surb-reserve.js";

/** What pushing stands on. */
export interface PushComponents {
  readonly load: Loader;
  readonly outbox: Outbox;
  readonly seal: Sealer;
  readonly counters: Counters;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/** Times in milliseconds. */
export interface PushOptions {
  /** Beyond these, messages stay in the store. */
  readonly backlog: BacklogLimits;
  /** A tag that was silent for longer is not pushed to. */
  readonly routeFresh: number;
  /** How long an acknowledgement may take; twice as long after each repetition, up to `ackMax`. */
  readonly ack: number;
  readonly ackMax: number;
  /** Mailboxes of which something is remembered. */
  readonly mailboxes: number;
}

/** What waits for one user, as far as this process knows. */
interface Mailbox {
  readonly user: UserId;
  session: Session;
  /** Everything up to here is sent, or gone. */
  cursor: number;
  /** Packets that the first message above the cursor is known to need. */
  needs: number;
  /** Sent, by a push or by a fetch, and not acknowledged. */
  readonly outstanding: Set<number>;
  /** May there be something above the cursor? */
  waiting: boolean;
  reading: boolean;
  /** Settles when the last read has ended, with the session that it was for. */
  read: Promise<Session>;
  /** When that began. */
  readAt: number;
  /** Acknowledged since the read that is under way began, and so perhaps in what it brings. */
  settled: readonly SequenceRange[];
  /** How often the outstanding ones were sent again. */
  repeats: number;
  timer: NodeJS.Timeout | undefined;
}

/** Deliveries read at a time. */
const READ_MESSAGES = 32;
/** More than this many are not sent ahead of their acknowledgements. */
const WINDOW_MESSAGES = 256;

/** Sends what waits for v2 users. */
export interface PushStage {
  /** Something for this user is stored. Resolves with their session when what it may be sent now has been handed over. */
  stored(user: UserId): Promise<Session> | undefined;
  /** This session is the route of this user. `proven`: a fresh signature says so, not the store alone. */
  routed(user: UserId, session: Session, proven: boolean): void;
  /** The user has no route any more. */
  unrouted(user: UserId): void;
  /** A reply to the user's own request brings these items. */
  fetched(user: UserId, session: Session, items: readonly Item[]): void;
  acknowledged(user: UserId, ranges: readonly SequenceRange[]): void;
  /** The session was heard from, its connection is back, its lane has drained, or its Nym client takes messages again. */
  wake(session: Session): void;
  /** Sends nothing more. */
  stop(): void;
}

/** Creates the stage. */
export function createPush(components: PushComponents, options: PushOptions): PushStage {
  const { load, outbox, seal, counters, clock } = components;
  const mailboxes = new BoundedMap<UserId, Mailbox>(options.mailboxes, forget);
  let stopped = false;

  function forget(mailbox: Mailbox): void {
    clearTimeout(mailbox.timer);
    mailbox.timer = undefined;
  }

  function mayPush({ user, session, waiting, reading, outstanding, needs }: Mailbox): boolean {
    if (stopped || !waiting || reading || outstanding.size >= WINDOW_MESSAGES || session.owner !== user) return false;
    if (session.requestId === undefined) return false;
    const fresh = session.client.open && isLive(session) && clock() - session.heardAt <= options.routeFresh;
    return fresh && session.surbs - reserveOf(session) >= needs && !isHeldUp(session, options.backlog);
  }

  async function push(mailbox: Mailbox): Promise<Session> {
    const { user, session, cursor, outstanding } = mailbox;
    mailbox.reading = true;
    mailbox.readAt = clock();
    mailbox.settled = [];
    // What is stored from now on may be missing in what is read.
    mailbox.waiting = false;
    let again = false;
    try {
      const { page, state } = await load({ page: deliveriesOf(user, cursor, READ_MESSAGES), state: mailboxOf(user) });
      // Meanwhile the route may have ended, or a signature or a repetition may have moved the mailbox on.
      if (mailboxes.get(user) !== mailbox) return session;
      const moved = mailbox.session !== session || mailbox.cursor !== cursor || session.owner !== user;
      const { deliveries = [], more = false } = page ?? {};
      const found = deliveries.filter(
        ({ sequence }) => !isWithin(sequence, mailbox.settled) && !outstanding.has(sequence),
      );
      const sent = !moved && send(mailbox, found, more, state?.fullSince);
      // What cannot be read by this version stays until it expires, and holds nothing up.
      if (sent) mailbox.cursor = deliveries.at(-1)?.sequence ?? cursor;
      again = moved || mailbox.waiting || (sent && more);
      mailbox.waiting ||= !sent || more;
    } catch {
      mailbox.waiting = true;
      counters.add("requests.failed");
    }
    mailbox.reading = false;
    return again && wake(mailbox) ? mailbox.read : mailbox.session;
  }

  /** Hands over as many of these as SURBs and lane take; false when something is left. */
  function send(mailbox: Mailbox, found: readonly Delivery[], more: boolean, fullSince: number | undefined): boolean {
    const items = found.flatMap(({ sequence, payload }) => decodeItem(sequence, payload) ?? []);
    const pages = pagesOf(items);
    for (const [index, page] of pages.entries()) {
      const { requestId: id } = mailbox.session;
      if (id === undefined || isHeldUp(mailbox.session, options.backlog)) return false;
      const last = page.at(-1)?.sequence ?? mailbox.cursor;
      const message = seal({
        dialect: "v2",
        action: "push",
        id,
        items: page,
        more: more || index < pages.length - 1,
        fullSince,
      });
      mailbox.needs = replyPackets(message.length);
      if (!outbox.handOver(mailbox.session, message, reserveOf(mailbox.session))) return false;
      mailbox.needs = 1;
      counters.add("messages.pushed", page.length);
      mailbox.cursor = last;
      for (const { sequence } of page) mailbox.outstanding.add(sequence);
      expectAcknowledgement(mailbox);
    }
    return true;
  }

  function expectAcknowledgement(mailbox: Mailbox): void {
    if (mailbox.timer !== undefined) return;
    const patience = Math.min(options.ack * 2 ** mailbox.repeats, options.ackMax);
    mailbox.timer = setTimeout(() => repeat(mailbox), patience * (1 + components.random() / 4));
    mailbox.timer.unref();
  }

  /** Nothing was acknowledged in time: all of it again, as far as SURBs go. */
  function repeat(mailbox: Mailbox): void {
    mailbox.timer = undefined;
    mailbox.repeats++;
    restart(mailbox);
    wake(mailbox);
  }

  function restart(mailbox: Mailbox): void {
    mailbox.cursor = 0;
    mailbox.needs = 1;
    mailbox.outstanding.clear();
    mailbox.waiting = true;
  }

  /** Reads what is new, if it may be sent. */
  function wake(mailbox: Mailbox): boolean {
    const may = mayPush(mailbox);
    if (may) mailbox.read = push(mailbox);
    return may;
  }

  function wakeOwner(session: Session): void {
    if (typeof session.owner !== "number") return;
    const mailbox = mailboxes.get(session.owner);
    // It had to go for others: asked again at the next request.
    if (mailbox === undefined) {
      session.owner = "unknown";
      return;
    }
    if (mailbox.session !== session) return;
    mailboxes.refresh(mailbox.user);
    // A sweep erases what has expired, puts receipts of it into mailboxes, and tells nobody.
    if (clock() - mailbox.readAt >= options.ackMax) {
      mailbox.waiting = true;
      mailbox.needs = 1;
    }
    wake(mailbox);
  }

  return {
    stored(user) {
      const mailbox = mailboxes.get(user);
      if (mailbox === undefined) return undefined;
      mailbox.waiting = true;
      wake(mailbox);
      return mailbox.reading ? mailbox.read : undefined;
    },
    routed(user, session, proven) {
      const known = mailboxes.get(user);
      if (known !== undefined && known.session !== session && !proven && isLive(known.session)) return;
      session.owner = user;
      session.speaks = "v2";
      if (known === undefined) {
        const mailbox: Mailbox = {
          user,
          session,
          cursor: 0,
          needs: 1,
          outstanding: new Set(),
          waiting: true,
          reading: false,
          read: Promise.resolve(session),
          readAt: clock(),
          settled: [],
          repeats: 0,
          timer: undefined,
        };
        mailboxes.set(user, mailbox);
        wake(mailbox);
        return;
      }
      if (known.session !== session) {
        if (known.session.owner === user) known.session.owner = undefined;
        known.session = session;
        known.repeats = 0;
        forget(known);
        restart(known);
      }
      wake(known);
    },
    unrouted(user) {
      const mailbox = mailboxes.get(user);
      if (mailbox === undefined) return;
      if (mailbox.session.owner === user) mailbox.session.owner = undefined;
      forget(mailbox);
      mailboxes.delete(user);
    },
    fetched(user, session, items) {
      const mailbox = mailboxes.get(user);
      if (mailbox?.session !== session) return;
      // The cursor stays: below what was asked for there may be more that was never sent.
      for (const { sequence } of items) mailbox.outstanding.add(sequence);
      if (items.length === 0) return;
      mailbox.needs = 1;
      expectAcknowledgement(mailbox);
    },
    acknowledged(user, ranges) {
      counters.add("messages.acknowledged");
      const mailbox = mailboxes.get(user);
      if (mailbox === undefined) return;
      if (mailbox.reading) mailbox.settled = [...mailbox.settled, ...ranges];
      for (const sequence of mailbox.outstanding) {
        if (isWithin(sequence, ranges)) mailbox.outstanding.delete(sequence);
      }
      mailbox.repeats = 0;
      mailbox.needs = 1;
      forget(mailbox);
      if (mailbox.outstanding.size > 0) expectAcknowledgement(mailbox);
      wake(mailbox);
    },
    wake: wakeOwner,
    stop() {
      stopped = true;
      for (const mailbox of mailboxes.values()) forget(mailbox);
    },
  };
}

/** SURBs that are not for pushes: replies that are under way come first. */
function reserveOf({ promised }: Session): number {
  return SURB_RESERVE + promised;
}

function isWithin(sequence: number, ranges: readonly SequenceRange[]): boolean {
  return ranges.some(({ first, last }) => sequence >= first && sequence <= last);
}
