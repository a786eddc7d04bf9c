import { beforeEach, expect, test } from "vitest";
import { BridgeClosedError, BridgeFullError, type Bridge } from "../../../src/bridge/bridge.js";
import { createEventStage, type EventStage } from "../../../src/pipeline/events.js";
import { createOutbox, type Outbox } from "../../../src/pipeline/outbox.js";
import { createPoolClient, hear, type PoolClient, type Session } from "../../../src/pipeline/session.js";
import { addressFromBytes } from "../../../src/protocol/nym-client/address.js";
import type { ClientRequest } from "../../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import { createCounters, type Counters } from "../../../src/telemetry/counters.js";

/** A bridge that is open or not, and whose writes are flushed, or are not, when the test says so. */
class PlayedBridge {
  readonly index = 0;
  open = true;
  full = false;
  readonly sent: string[] = [];
  readonly flushes: ((error: Error | undefined) => void)[] = [];

  send(request: ClientRequest, flushed?: (error: Error | undefined) => void): void {
    if (!this.open) throw new BridgeClosedError();
    if (this.full) throw new BridgeFullError();
    if (request.type === "reply") this.sent.push(Buffer.from(request.message).toString());
    if (flushed !== undefined) this.flushes.push(flushed);
  }
}

let bridge: PlayedBridge;
let client: PoolClient;
let outbox: Outbox;
let handle: EventStage;
let counters: Counters;

beforeEach(() => {
  bridge = new PlayedBridge();
  client = createPoolClient(bridge as unknown as Bridge, 100, () => undefined);
  counters = createCounters();
  outbox = createOutbox(counters);
  const nothing = (): void => undefined;
  handle = createEventStage({
    outbox,
    mailboxes: { lost: nothing, regained: nothing } as unknown as Parameters<typeof createEventStage>[0]["mailboxes"],
    fanOut: { laneRead: nothing },
    counters,
    clock: Date.now,
    receive: nothing,
    opened: nothing,
    closed: nothing,
  });
});

function opened(identity: number, surbsLost = false): void {
  bridge.open = true;
  handle(client, { type: "opened", address: addressFromBytes(new Uint8Array(96).fill(identity)), surbsLost });
}

function lost(): void {
  bridge.open = false;
  handle(client, { type: "closed" });
}

const sessionOf = (number: number): Session =>
  hear(client, number.toString(16).padStart(32, "0") as SenderTag, Date.now);
const reply = (session: Session, text: string): void => outbox.reply(session, Buffer.from(text));

test("replies that a lost connection gives back leave before those that were ready after them", () => {
  opened(1);
  const session = sessionOf(1);
  reply(session, "first");
  reply(session, "second");
  bridge.open = false;
  reply(session, "third");
  for (const flushed of bridge.flushes.splice(0)) flushed(new BridgeClosedError());
  lost();
  bridge.sent.splice(0);
  opened(1);
  expect(bridge.sent).toEqual(["first", "second", "third"]);
});

test("every reply that is ready while the Nym client is away waits for it", () => {
  opened(1);
  lost();
  const replies = Array.from({ length: 5_000 }, (_, number) => String(number));
  for (const [number, text] of replies.entries()) reply(sessionOf(number % 50), text);
  opened(1);
  expect(bridge.sent).toEqual(replies);
});

test("a Nym client that may have lost its SURBs gets the replies all the same, and another one none", () => {
  opened(1);
  lost();
  reply(sessionOf(1), "waits");
  opened(1, true);
  expect(bridge.sent).toEqual(["waits"]);
  lost();
  reply(sessionOf(1), "for somebody else");
  opened(2, true);
  expect(bridge.sent).toEqual(["waits"]);
});

test("for a client that does not read, replies are lost and counted, and nothing is handed over or held for later", () => {
  opened(1);
  const session = sessionOf(1);
  session.surbs = 10;
  bridge.full = true;
  reply(session, "lost");
  expect(outbox.handOver(session, Buffer.from("stays"), 0)).toBe(false);
  outbox.askLane(session);
  expect(counters.take()).toEqual({ "replies.lost": 1 });
  expect(session).toMatchObject({ surbs: 10, asked: 0, queued: 0 });
  bridge.full = false;
  opened(1);
  expect(bridge.sent).toEqual([]);
  expect(outbox.handOver(session, Buffer.from("stays"), 0)).toBe(true);
  expect(bridge.sent).toEqual(["stays"]);
});

test("a reply that is ready when the connection is back leaves after those that wait for it", () => {
  opened(1);
  const session = sessionOf(1);
  lost();
  reply(session, "first");
  // The bridge is connected, and has not said so yet.
  bridge.open = true;
  reply(session, "second");
  expect(bridge.sent).toEqual([]);
  opened(1);
  reply(session, "third");
  expect(bridge.sent).toEqual(["first", "second", "third"]);
});

test("a reply of which it is learned late that it did not leave is sent at once", () => {
  opened(1);
  const session = sessionOf(1);
  reply(session, "first");
  const [flushed] = bridge.flushes.splice(0);
  lost();
  opened(1);
  bridge.sent.splice(0);
  flushed?.(new BridgeClosedError());
  reply(session, "second");
  expect(bridge.sent).toEqual(["first", "second"]);
});
