/** The two ends of what a bridge takes: what its Nym client does not read, and what is read of it no more. */
import { expect, test } from "vitest";
import type { WebSocket } from "ws";
import { BridgeFullError } from "../../../src/bridge/bridge.js";
import { harness, serve, textOf, waitFor } from "../../support/bridge-harness.js";
import { receivedFrame, selfAddressFrame, untaggedFrame } from "../../support/nym-client-server.js";

const BOUND = 1_000_000;
const MESSAGE = 60_000;

test("what a Nym client does not read waits up to a bound; it takes more again once it has read", async () => {
  let socket: WebSocket | undefined;
  const server = await serve({
    onFrame(frame, from) {
      if (frame[0] !== 0x03) return true;
      from.send(selfAddressFrame());
      socket = from;
      from.pause();
      return true;
    },
  });
  const { bridge, until } = harness(server.url, { outboxBytes: BOUND });
  await until("opened");
  const request = { type: "laneQueueLength", lane: 1 } as const;
  const message = { type: "reply", senderTag: "00".repeat(16), lane: 1, message: Buffer.alloc(MESSAGE) } as const;
  // The operating system takes some; then it waits with us.
  let taken = 0;
  let waiting = 0;
  while (!bridge.full && taken < 500) {
    bridge.send(message as never, () => waiting--);
    taken++;
    waiting++;
    await new Promise(setImmediate);
  }
  expect(() => bridge.send(request)).toThrow(BridgeFullError);
  expect(waiting * MESSAGE).toBeGreaterThan(BOUND - 2 * MESSAGE);
  expect(waiting * MESSAGE).toBeLessThan(BOUND + 2 * MESSAGE);
  socket?.resume();
  await waitFor(() => !bridge.full);
  bridge.send(request);
  await waitFor(() => server.frames.length === 1 + taken + 1);
});

test("once the intake has ended, messages that came before it are told, requests after it are counted, and answers go on", async () => {
  const server = await serve();
  const { bridge, counters, next, until } = harness(server.url);
  await until("opened");
  server.push(receivedFrame("one"), receivedFrame("two"), Buffer.of(0xff));
  await waitFor(() => counters.take()["nymClient.errors"] === 1);
  bridge.endIntake();
  // What has no sender tag is no request: most likely our own probe, on its way back.
  server.push(receivedFrame("after"), untaggedFrame("probe"), selfAddressFrame());
  const told = [await next(), await next(), await next()];
  expect(told.map(textOf)).toEqual(["one", "two", "(selfAddress)"]);
  expect(counters.take()).toEqual({ "dropped.stopping": 1 });
});
