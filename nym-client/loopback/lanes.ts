/** The packets that a client has yet to send: one queue a lane, served in turn. */

/** A lane of the API (connectionId), or one of the client's own. */
export type LaneKey = number | "general" | "surb requests" | "fresh surbs" | "retransmissions";

interface Entry<T> {
  readonly item: T;
  packets: number;
  next: Entry<T> | undefined;
}

interface LaneQueue<T> {
  head: Entry<T>;
  tail: Entry<T>;
  packets: number;
}

/** Queues of packets of `T`, a lane each; a lane that is served goes to the end of the row. */
export class Lanes<T> {
  readonly #lanes = new Map<LaneKey, LaneQueue<T>>();
  #packets = 0;

  /** Packets in all lanes. */
  get packets(): number {
    return this.#packets;
  }

  /** Packets in one lane. */
  length(lane: LaneKey): number {
    return this.#lanes.get(lane)?.packets ?? 0;
  }

  /** Appends `packets` packets of `item` to a lane. */
  push(lane: LaneKey, item: T, packets: number): void {
    const entry: Entry<T> = { item, packets, next: undefined };
    const queue = this.#lanes.get(lane);
    if (queue === undefined) this.#lanes.set(lane, { head: entry, tail: entry, packets });
    else {
      queue.tail.next = entry;
      queue.tail = entry;
      queue.packets += packets;
    }
    this.#packets += packets;
  }

  /** Takes one packet off the lane whose turn it is. */
  pop(): T | undefined {
    const turn = this.#lanes.entries().next();
    if (turn.done === true) return undefined;
    const [lane, queue] = turn.value;
    const entry = queue.head;
    entry.packets -= 1;
    queue.packets -= 1;
    this.#packets -= 1;
    if (entry.packets === 0 && entry.next !== undefined) queue.head = entry.next;
    this.#lanes.delete(lane);
    if (queue.packets > 0) this.#lanes.set(lane, queue);
    return entry.item;
  }

  /** Drops what is queued in a lane, and returns what that was. */
  drop(lane: LaneKey): T[] {
    const queue = this.#lanes.get(lane);
    if (queue === undefined) return [];
    this.#lanes.delete(lane);
    this.#packets -= queue.packets;
    const items: T[] = [];
    for (let entry: Entry<T> | undefined = queue.head; entry !== undefined; entry = entry.next) items.push(entry.item);
    return items;
  }

  /** Drops everything, and returns what that was. */
  clear(): T[] {
    return [...this.#lanes.keys()].flatMap((lane) => this.drop(lane));
  }
}
