/**
 * Mailboxes: what is stored goes to its recipient by the rules of their protocol: handed over and erased (v1), or pushed
 * and kept until it is acknowledged (v2).
 */
import type { SequenceRange } from "../protocol/v2/terms.js";
import type { Item } from "../protocol/v2/reply.js";
import type { UserId } from "../store/identifiers.js";
import { createHandOver, type HandOverComponents, type HandOverOptions } from "./hand-over.js";
import { createPush, type PushComponents, type PushOptions } from "./push.js";
import type { Session } from "./session.js";

/** Moves messages from the store to lanes. */
export interface Mailboxes {
  /** A message for this user is stored. Resolves with their session when what it may be sent now (v2) has been handed over. */
  stored(user: UserId): Promise<Session> | undefined;
  /** A fresh signature made this session the route of this user. */
  routed(user: UserId, session: Session, speaks: Session["speaks"]): void;
  /** The store says that this session is the route of this user. A fresh signature in the meantime knows better. */
  owned(user: UserId, session: Session, speaks: Session["speaks"]): void;
  /** The user has no route any more. */
  unrouted(user: UserId): void;
  /** A reply to the user's own request brings these items. */
  fetched(user: UserId, session: Session, items: readonly Item[]): void;
  acknowledged(user: UserId, ranges: readonly SequenceRange[]): void;
  /** A session was heard from, and its reply released. */
  heard(session: Session): void;
  /** A queue length of this session's lane was read. */
  laneRead(session: Session, length: number): void;
  /** The session's connection is there again, or its Nym client takes messages again. */
  regained(session: Session): void;
  /** The session's connection is gone: what was leased to it was not handed over. */
  lost(session: Session): void;
  /** Offers nothing more; resolves when what is leased has drained or timed out, and is erased. */
  drain(): Promise<void>;
}

/** Mailboxes of users of both protocols. */
export function createMailboxes(
  components: Omit<HandOverComponents, "receipt"> & PushComponents,
  options: HandOverOptions & PushOptions,
): Mailboxes {
  const push = createPush(components, options);
  const handOver = createHandOver({ ...components, receipt: (user) => void push.stored(user) }, options);
  return {
    stored(user) {
      handOver.stored(user);
      return push.stored(user);
    },
    routed(user, session, speaks) {
      if (speaks === "v2") {
        if (session.speaks === "v1") handOver.released(session);
        push.routed(user, session, true);
      } else {
        session.speaks = "v1";
        handOver.routed(user, session);
      }
    },
    owned(user, session, speaks) {
      if (session.owner !== undefined) return;
      if (speaks === "v2") push.routed(user, session, false);
      else handOver.owned(user, session);
    },
    unrouted(user) {
      handOver.unrouted(user);
      push.unrouted(user);
    },
    fetched: (user, session, items) => push.fetched(user, session, items),
    acknowledged: (user, ranges) => push.acknowledged(user, ranges),
    heard(session) {
      if (session.speaks === "v1") handOver.heard(session);
      else push.wake(session);
    },
    laneRead(session, length) {
      if (session.speaks === "v1") handOver.laneRead(session, length);
      else push.wake(session);
    },
    regained(session) {
      if (session.speaks === "v1") handOver.regained(session);
      else push.wake(session);
    },
    lost: (session) => handOver.lost(session),
    async drain() {
      push.stop();
      await handOver.drain();
    },
  };
}
