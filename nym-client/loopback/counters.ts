/** What each client of the mixnet has sent, received and lost: the packet is the unit of cost, and losses show nowhere else. */
import type { Content } from "./transit.js";

/** Packets of one direction. Cover traffic is not modelled. */
export interface PacketCounts {
  /** Packets of messages: plain, anonymous and replies. */
  data: number;
  /** Packets that ask for fresh SURBs. */
  surbRequests: number;
  /** Packets that bring the SURBs asked for. */
  freshSurbs: number;
  /** Packets sent again because they, or their acks, were lost. */
  retransmissions: number;
  /** Ack packets: each packet that arrives is acknowledged by one, apart from the above. */
  acks: number;
}

/** Messages of applications that came to nothing, by reason. A real client tells its application none of this. */
export interface LossCounts {
  /** Replies to a tag that has never brought a SURB. */
  unknownTag: number;
  /** Messages to an address that nobody has. */
  noRoute: number;
  /** Replies that waited for SURBs in vain. */
  starved: number;
  /** Replies long after the last message from their tag that did not fit the SURBs at hand. */
  late: number;
  /** Replies of which a packet was lost too often. */
  gaveUp: number;
  /** Replies that arrived after the recipient had thrown its reply keys away. */
  noReplyKey: number;
  /** Empty replies, which a recipient cannot decode. */
  empty: number;
  /** Messages above 65,535 packets. */
  tooLarge: number;
  /** Messages queued, waiting or unread when their client stopped, their lane was closed, or the gateway had kept them for too long. */
  dropped: number;
  /** Messages that the fault `loss` took. */
  fault: number;
}

/** The books of one client, since the mixnet began. */
export interface ClientCounters {
  readonly sent: PacketCounts;
  readonly received: PacketCounts;
  readonly lost: LossCounts;
}

/** A client's books, and what it holds at the moment. */
export interface ClientSnapshot extends ClientCounters {
  readonly running: boolean;
  readonly connected: boolean;
  /** Packets queued in its lanes. */
  readonly queued: number;
  /** Reply packets that wait for SURBs. */
  readonly waiting: number;
  /** SURBs of others that it holds. */
  readonly surbs: number;
  /** Messages that its application has not read because it is not connected. */
  readonly unread: number;
  /** Messages that its gateway keeps while it does not run. */
  readonly stored: number;
}

/** Books in which nothing stands. */
export function newCounters(): ClientCounters {
  const packets = (): PacketCounts => ({ data: 0, surbRequests: 0, freshSurbs: 0, retransmissions: 0, acks: 0 });
  return {
    sent: packets(),
    received: packets(),
    lost: {
      unknownTag: 0,
      noRoute: 0,
      starved: 0,
      late: 0,
      gaveUp: 0,
      noReplyKey: 0,
      empty: 0,
      tooLarge: 0,
      dropped: 0,
      fault: 0,
    },
  };
}

/** The column in which packets of `content` are counted. */
export function columnOf(content: Content): "data" | "surbRequests" | "freshSurbs" {
  switch (content.kind) {
    case "surbRequest":
      return "surbRequests";
    case "freshSurbs":
      return "freshSurbs";
    case "plain":
    case "anonymous":
    case "reply":
      return "data";
  }
}
