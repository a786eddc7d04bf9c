/** A client's way into the mixnet: packets leave its lanes one by one at random intervals, or at once. */
import type { Agenda } from "./agenda.js";
import { Lanes, type LaneKey } from "./lanes.js";
import type { Random } from "./random.js";
import { abandon, type Transit } from "./transit.js";

/** A packet of a message; `attempt` above 0 is a retransmission, `needed` unless only the ack of an earlier one was lost. */
export interface Packet {
  readonly transit: Transit;
  readonly attempt: number;
  readonly needed: boolean;
}

/** Gives up the messages of packets that will not be sent; says how many applications' messages that has cost. */
export function countAbandoned(packets: readonly Packet[]): number {
  return packets.reduce((count, { transit, needed }) => count + (needed ? abandon(transit) : 0), 0);
}

/** What an outbox needs. */
export interface OutboxComponents {
  readonly agenda: Pick<Agenda, "now" | "at">;
  readonly random: Random;
  /** Takes packets that leave the client. */
  readonly emit: (packet: Packet, packets: number) => void;
}

/** The packets that one client has yet to send. `packetsPerSecond` may be `Infinity`. */
export class Outbox {
  readonly #components: OutboxComponents;
  readonly #meanGapMs: number;
  readonly #lanes = new Lanes<Packet>();
  /** When the next packet leaves, while any is queued. */
  #departure: number | undefined;

  constructor(components: OutboxComponents, packetsPerSecond: number) {
    this.#components = components;
    this.#meanGapMs = 1000 / packetsPerSecond;
  }

  /** Packets queued, in one lane or in all. */
  queued(lane?: LaneKey): number {
    return lane === undefined ? this.#lanes.packets : this.#lanes.length(lane);
  }

  /** Sends `packets` packets when it is their turn. */
  send(lane: LaneKey, packet: Packet, packets: number): void {
    if (this.#meanGapMs === 0) {
      this.#components.emit(packet, packets);
      return;
    }
    this.#lanes.push(lane, packet, packets);
    if (this.#departure === undefined) this.#schedule(this.#components.agenda.now());
  }

  /** Drops the packets of one lane or of all, and says how many applications' messages that has cost. */
  drop(lane?: LaneKey): number {
    return countAbandoned(lane === undefined ? this.#lanes.clear() : this.#lanes.drop(lane));
  }

  #schedule(last: number): void {
    this.#departure = last + this.#components.random.exponential(this.#meanGapMs);
    this.#components.agenda.at(this.#departure, () => this.#depart());
  }

  #depart(): void {
    const departed = this.#departure ?? 0;
    this.#departure = undefined;
    const packet = this.#lanes.pop();
    if (packet === undefined) return;
    this.#components.emit(packet, 1);
    if (this.#lanes.packets > 0) this.#schedule(departed);
  }
}
