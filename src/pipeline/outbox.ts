/**
 * Outbox: what leaves through a Nym client, one lane for each session. Ephemeral replies go straight out; while the
 * client is away they are held, and sent in order when it is back: no more than it had requests under way, since it
 * brings none meanwhile. Those for a client that does not read are lost: it goes on to bring requests. A hand-over is no proof of delivery: what a lane reads is all that can be known.
 */
import type { Counters } from "../telemetry/counters.js";
import type { ClientRequest } from "../protocol/nym-client/frames.js";
import { replyPackets } from "../protocol/packets.js";
import { BridgeClosedError, BridgeFullError } from "../bridge/bridge.js";
import { handedOver } from "./backlog.js";
import { isLive, type PoolClient, type Session } from "./session.js";

/** Sends, holds and resends. */
export interface Outbox {
  /** Sends an ephemeral reply, best effort. */
  reply(session: Session, message: Uint8Array): void;
  /**
   * Hands a durable message over; false when the client is away or does not read, or fewer SURBs than that, and
   * `reserve` more, are believed to be left. What `true` leads to is seen by the lane alone.
   */
  handOver(session: Session, message: Uint8Array, reserve: number): boolean;
  /** Asks for the length of a session's lane. */
  askLane(session: Session): void;
  /** The client has opened: sends what was held. */
  opened(client: PoolClient): void;
  /** Another client has taken this one's place: forgets what was held for it. */
  forget(client: PoolClient): void;
}

interface Held {
  readonly session: Session;
  readonly message: Uint8Array;
  /** Grows from one reply to the next: a lost connection may give back an earlier one after a later one. */
  readonly ordinal: number;
  /** On which connection of its client it was sent, if it was. */
  readonly connection: number;
}

/** An outbox over the bridges of its sessions' clients. */
export function createOutbox(counters: Counters): Outbox {
  const held = new Map<PoolClient, Held[]>();
  const connections = new Map<PoolClient, number>();
  let replies = 0;

  function hold(given: Held): void {
    const { session, message, connection } = given;
    const { client } = session;
    if (!isLive(session)) return counters.add("replies.lost");
    // Learned late: what was held has left already.
    if (connection !== connectionOf(client)) return reply(session, message);
    const queue = held.get(client) ?? [];
    held.set(client, queue);
    queue.push(given);
  }

  function connectionOf(client: PoolClient): number {
    return connections.get(client) ?? 0;
  }

  /** Hands over, unless the client does not read, or the connection is gone, even if its end has not been told yet. */
  function ask(
    session: Session,
    request: ClientRequest,
    packets: number,
    failed: () => void,
  ): "sent" | "full" | "away" {
    try {
      session.client.bridge.send(request, (error) => {
        if (error !== undefined) failed();
      });
    } catch (error) {
      if (error instanceof BridgeClosedError) return "away";
      if (error instanceof BridgeFullError) return "full";
      throw error;
    }
    handedOver(session, packets);
    return "sent";
  }

  function send(session: Session, message: Uint8Array, failed: () => void): ReturnType<typeof ask> {
    const packets = replyPackets(message.length);
    const { route, lane } = session;
    const sent = ask(session, { type: "reply", senderTag: route.tag, lane, message }, packets, failed);
    if (sent === "sent") session.surbs = Math.max(0, session.surbs - packets);
    return sent;
  }

  function reply(session: Session, message: Uint8Array): void {
    const { client } = session;
    const given = { session, message, ordinal: replies++, connection: connectionOf(client) };
    // A bridge sends as soon as it is connected again, which is before we are told of it: what is held goes first.
    const sent = held.has(client) ? "away" : send(session, message, () => hold(given));
    if (sent === "away") return hold(given);
    counters.add(sent === "sent" ? "replies" : "replies.lost");
  }

  return {
    reply,
    handOver(session, message, reserve) {
      if (!isLive(session) || session.surbs - reserve < replyPackets(message.length)) return false;
      return send(session, message, () => undefined) === "sent";
    },
    askLane(session) {
      ask(session, { type: "laneQueueLength", lane: session.lane }, 0, () => undefined);
    },
    opened(client) {
      const queue = held.get(client) ?? [];
      held.delete(client);
      connections.set(client, connectionOf(client) + 1);
      queue.sort((one, other) => one.ordinal - other.ordinal);
      for (const { session, message } of queue) reply(session, message);
    },
    forget(client) {
      counters.add("replies.lost", held.get(client)?.length ?? 0);
      held.delete(client);
    },
  };
}
