/** Users of a pool who look names up without a pause, each through a Nym client of its own, with one look-up under way. */
import { once } from "node:events";
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { WebSocket } from "ws";
import { decodeResponse, encodeRequest } from "../../src/protocol/nym-client/binary.js";
import type { Pool } from "./pool-target.js";
import { queryRequest } from "./requests.js";

/** What a request brings: one for its answer, and one that the directory's Nym client keeps to ask for more. */
const SURBS = 2;

/** What was counted between two moments. */
export interface PoolTally {
  /** Nanoseconds from a look-up to its answer. */
  readonly latency: RecordableHistogram;
  completed: number;
}

/** Load on a pool; disposing of it ends it. */
export interface PoolLoad extends Disposable {
  /** What was counted since the last call. */
  tally(): PoolTally;
}

/** Starts `users` users at each of the pool's addresses. */
export async function startPoolLoad({ addresses, users: url }: Pool, users: number): Promise<PoolLoad> {
  let current = newTally();
  const sockets: WebSocket[] = [];
  for (const [client, recipient] of addresses.entries()) {
    for (let number = 0; number < users; number++) {
      const name = `user-${client}-${number}`;
      const socket = new WebSocket(`${url}/${name}`);
      sockets.push(socket);
      await once(socket, "open");
      const message = Buffer.from(queryRequest(`nobody-${client}-${number}`));
      const request = { type: "sendAnonymous", recipient, replySurbs: SURBS, lane: undefined, message } as const;
      const frame = encodeRequest(request);
      let begun = 0;
      const lookUp = (): void => {
        begun = performance.now();
        socket.send(frame);
      };
      socket.on("message", (data: Buffer) => {
        if (decodeResponse(data)?.type !== "received") return;
        current.completed++;
        current.latency.record(Math.max(1, Math.round((performance.now() - begun) * 1e6)));
        lookUp();
      });
      lookUp();
    }
  }
  return {
    tally() {
      const tally = current;
      current = newTally();
      return tally;
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.removeAllListeners("message").close();
    },
  };
}

function newTally(): PoolTally {
  return { latency: createHistogram(), completed: 0 };
}
