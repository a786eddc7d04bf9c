/** Replies that leave a Nym client as slowly as a real one sends packets: lanes in turn, packet by packet. */
import { performance } from "node:perf_hooks";
import { Lanes } from "../../nym-client/loopback/lanes.js";
import { replyPackets } from "../../src/protocol/packets.js";

/** Replies on their way. */
export interface SlowLanes {
  /** Queues `message` in a lane; `leave` is called as its last packet leaves. */
  add(lane: number, message: Buffer, leave: () => void): void;
  /** Packets queued in a lane. */
  length(lane: number): number;
  end(): void;
}

interface Leaving {
  packets: number;
  readonly leave: () => void;
}

/** Lanes that send so many packets a second together, at random moments. */
export function createSlowLanes(packetsPerSecond: number): SlowLanes {
  const lanes = new Lanes<Leaving>();
  let timer: NodeJS.Timeout | undefined;
  let due = 0;

  function wait(): void {
    due += (-Math.log(1 - Math.random()) * 1_000) / packetsPerSecond;
    timer = setTimeout(send, Math.max(0, due - performance.now()));
  }

  function send(): void {
    const leaving = lanes.pop();
    timer = undefined;
    if (lanes.packets > 0) wait();
    if (leaving !== undefined && --leaving.packets === 0) leaving.leave();
  }

  return {
    add(lane, message, leave) {
      const packets = replyPackets(message.length);
      lanes.push(lane, { packets, leave }, packets);
      if (timer !== undefined) return;
      due = performance.now();
      wait();
    },
    length: (lane) => lanes.length(lane),
    end: () => clearTimeout(timer),
  };
}
