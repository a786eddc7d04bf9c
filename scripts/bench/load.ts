/**
 * A closed loop: a fixed number of operations are always under way, each begun when one has ended. Latency counts from
 * the push of an operation's first frame to the arrival of its last reply.
 */
import { createHistogram, performance, type RecordableHistogram } from "node:perf_hooks";
import { anonymousPackets, replyPackets } from "../../src/protocol/packets.js";
import { pushedBytes, type BenchNymClient } from "./nym-client.js";
import type { Operation, Run } from "./operations.js";

const STALLED_AFTER_MS = 15_000;
const INCOMING = Buffer.from("incomingMessage");
/** Where in a reply its action stands. */
const ACTION_WITHIN = 32;

/** What was counted between two moments. */
export interface Tally {
  /** Nanoseconds from first push to last reply. */
  readonly latency: RecordableHistogram;
  completed: number;
  failed: number;
  /** Messages that were forwarded to their recipients. */
  delivered: number;
  /** Sphinx packets of requests, each with its SURBs. */
  packetsUp: number;
  /** Sphinx packets of replies and forwarded messages. */
  packetsDown: number;
}

/** How to load. */
export interface LoadOptions {
  /** Operations under way at any time; fewer than there are users. */
  readonly inFlight: number;
  /** Operations begun in all. */
  readonly limit?: number;
  /** Does each operation end in a message to somebody else? */
  readonly forwards?: boolean;
  /** How many messages a frame forwards to that user; `undefined` when it answers an operation. */
  readonly forwarded?: (user: number, message: Buffer) => number | undefined;
  /** Reply SURBs that a request is counted with. */
  readonly surbs?: number;
}

/** Load on one Nym client. */
export interface Load {
  /** From now on counts go into a new tally, which is returned (and goes on growing until the next call). */
  tally(): Tally;
  /** Resolves when `count` operations in all have ended. Rejects when nothing moves any more. */
  completed(count: number): Promise<void>;
  /** Begins nothing more; resolves when all that was under way has ended and every message has been forwarded. */
  finish(): Promise<void>;
}

/** Starts operations and keeps as many under way as the options say. */
export function startLoad(
  nymClient: BenchNymClient,
  operation: Operation,
  { inFlight, limit = Infinity, forwards = false, forwarded = forwardedByV1, surbs = 0 }: LoadOptions,
): Load {
  const underway = new Map<number, { readonly run: Run; readonly begun: number }>();
  const total = { begun: 0, ended: 0, forwarded: 0, expected: 0 };
  let current = emptyTally();
  let stopped = false;

  function begin(): void {
    if (stopped || total.begun >= limit) return;
    let run = operation();
    while (underway.has(run.user)) run = operation();
    total.begun += 1;
    underway.set(run.user, { run, begun: performance.now() });
    push(run.first);
  }

  function push(frame: Buffer): void {
    current.packetsUp += anonymousPackets(pushedBytes(frame), surbs);
    nymClient.push(frame);
  }

  function onReply(user: number, message: Buffer): void {
    current.packetsDown += replyPackets(message.length);
    const messages = forwarded(user, message);
    if (messages !== undefined) {
      current.delivered += messages;
      total.forwarded += messages;
      return;
    }
    const found = underway.get(user);
    if (found === undefined) return;
    const next = found.run.next(message);
    if (typeof next !== "string") {
      push(next);
      return;
    }
    underway.delete(user);
    total.ended += 1;
    if (next === "done") {
      current.completed += 1;
      if (forwards) total.expected += 1;
      current.latency.record(Math.max(1, Math.round((performance.now() - found.begun) * 1e6)));
    } else {
      current.failed += 1;
    }
    begin();
  }

  nymClient.listen(onReply);
  for (let count = 0; count < inFlight; count++) begin();

  return {
    tally() {
      current = emptyTally();
      return current;
    },
    completed: (count) =>
      moving(
        () => total.ended >= count,
        () => total.ended,
      ),
    async finish() {
      stopped = true;
      await moving(
        () => underway.size === 0,
        () => total.ended,
      );
      await moving(
        () => total.forwarded >= total.expected,
        () => total.forwarded,
      );
    },
  };
}

function forwardedByV1(_user: number, message: Buffer): number | undefined {
  return message.subarray(0, ACTION_WITHIN).includes(INCOMING) ? 1 : undefined;
}

/** Resolves when `reached`; rejects when `progress` has not changed for too long. */
async function moving(reached: () => boolean, progress: () => number): Promise<void> {
  let last = { value: progress(), at: performance.now() };
  while (!reached()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (progress() !== last.value) last = { value: progress(), at: performance.now() };
    if (performance.now() - last.at > STALLED_AFTER_MS) throw new Error("the measured process has stopped to answer");
  }
}

function emptyTally(): Tally {
  return {
    latency: createHistogram(),
    completed: 0,
    failed: 0,
    delivered: 0,
    packetsUp: 0,
    packetsDown: 0,
  };
}
