import { Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { BridgeClosedError } from "../../../src/bridge/bridge.js";
import { harness, serve, serveRaw, textOf, waitFor } from "../../support/bridge-harness.js";
import { receivedFrame, selfAddressFrame } from "../../support/nym-client-server.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import { acceptance, serverFrame } from "../../support/raw-websocket.js";

const TAG = "01".repeat(16) as SenderTag;
const LANE_QUERY = { type: "laneQueueLength", lane: 1 } as const;

describe("frames", () => {
  test("come in order, and what arrives together comes as one batch", async () => {
    const server = await serve();
    const { batches, next, until } = harness(server.url);
    await until("opened");
    const count = 2_000;
    server.push(...Array.from({ length: count }, (_, index) => receivedFrame(String(index))));
    for (let index = 0; index < count; index++) expect(textOf(await next())).toBe(String(index));
    expect(batches.length).toBeLessThan(count / 4);
  });

  test("that are garbage or text are counted and skipped", async () => {
    const server = await serve({
      onConnection(socket) {
        socket.send('{"type":"selfAddress","address":"x"}');
        for (const garbage of ["", "ff", "01", "0102", "0200", "030000", "0101ff"])
          socket.send(Buffer.from(garbage, "hex"));
      },
    });
    const { counters, next, until } = harness(server.url);
    await until("opened");
    server.push(receivedFrame("after"));
    expect(textOf(await next())).toBe("after");
    expect(counters.take()).toEqual({ "nymClient.errors": 8 });
  });

  test("that report an error or carry no tag are events like others", async () => {
    const server = await serve();
    const { next, until } = harness(server.url);
    await until("opened");
    const untagged = Buffer.from("0100000000000000000161", "hex");
    server.push(Buffer.from("00040000000000000002686f", "hex"), untagged, selfAddressFrame());
    expect(await next()).toEqual({ type: "error", kind: 4, message: "ho" });
    expect(await next()).toEqual({ type: "received", senderTag: undefined, message: Buffer.from("a") });
    expect(await next()).toMatchObject({ type: "selfAddress" });
  });

  test("that are too large cost the connection, which is opened again", async () => {
    const server = await serve();
    const { next, until } = harness(server.url, { frameMaxBytes: 4_096 });
    await until("opened");
    server.push(receivedFrame("x".repeat(4_096 - 26)));
    expect(await next()).toMatchObject({ type: "received" });
    server.push(receivedFrame("x".repeat(4_096 - 25)));
    expect(await next()).toEqual({ type: "closed" });
    expect(await next()).toMatchObject({ type: "opened", surbsLost: false });
  });

  test("of any bytes neither throw nor stop what follows", async () => {
    const server = await serve();
    const { counters, next, until } = harness(server.url);
    await until("opened");
    const anyFrame = fc.tuple(fc.nat(5), fc.uint8Array({ maxLength: 40 })).map(([kind, rest]) => [kind, ...rest]);
    const frames = fc.sample(anyFrame, { numRuns: 5_000, seed: 20_260_516 }).map((bytes) => Buffer.from(bytes));
    server.push(...frames, receivedFrame("the end"));
    let events = 0;
    while (textOf(await next()) !== "the end") events++;
    expect(events + (counters.take()["nymClient.errors"] ?? 0)).toBe(5_000);
  });
});

describe("sending", () => {
  test("hands frames over in order, and tells when each is flushed", async () => {
    const server = await serve();
    const { bridge, until } = harness(server.url);
    await until("opened");
    const flushed: (Error | undefined)[] = [];
    for (let lane = 1; lane <= 500; lane++) {
      bridge.send({ type: "reply", senderTag: TAG, lane, message: Buffer.from("hi") }, (error) => flushed.push(error));
    }
    await waitFor(() => server.frames.length === 501);
    expect(server.frames.slice(1).map((frame) => Number(frame.readBigUInt64BE(17)))).toEqual(
      Array.from({ length: 500 }, (_, index) => index + 1),
    );
    await waitFor(() => flushed.length === 500);
    expect(new Set(flushed)).toEqual(new Set([undefined]));
  });

  test("writes once what is sent in one turn", async () => {
    const server = await serve();
    const { bridge, until } = harness(server.url);
    await until("opened");
    const writes = [vi.spyOn(Socket.prototype, "_write"), vi.spyOn(Socket.prototype, "_writev")];
    for (let lane = 1; lane <= 500; lane++) bridge.send({ type: "laneQueueLength", lane });
    await waitFor(() => server.frames.length === 501);
    const count = writes.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    for (const spy of writes) spy.mockRestore();
    expect(count).toBe(1);
  });

  test("throws when there is no connection, before the first and between two", async () => {
    const server = await serve();
    const { bridge, next, until } = harness(server.url);
    expect(() => bridge.send(LANE_QUERY)).toThrow(BridgeClosedError);
    await until("opened");
    bridge.send(LANE_QUERY);
    server.drop();
    expect(await next()).toEqual({ type: "closed" });
    expect(() => bridge.send(LANE_QUERY)).toThrow(BridgeClosedError);
    await until("opened");
    bridge.send(LANE_QUERY);
  });

  test("throws while a client is connected that has not told its address", async () => {
    const server = await serve({ onFrame: () => true });
    const { bridge } = harness(server.url);
    await waitFor(() => server.frames.length === 1);
    expect(() => bridge.send(LANE_QUERY)).toThrow(BridgeClosedError);
  });

  test("tells of each frame that it may not have arrived when the connection drops under it", async () => {
    const { url, sockets } = await serveRaw((socket) => {
      socket.once("data", (request) => {
        socket.write(acceptance(request));
        socket.write(serverFrame(selfAddressFrame()));
        socket.pause();
      });
    });
    const { bridge, until } = harness(url);
    await until("opened");
    const outcomes = { flushed: 0, failed: 0 };
    const message = Buffer.alloc(65_536);
    for (let lane = 1; lane <= 200; lane++) {
      bridge.send({ type: "reply", senderTag: TAG, lane, message }, (error) => {
        outcomes[error instanceof Error ? "failed" : "flushed"]++;
      });
    }
    await sleep(20);
    sockets[0]?.resetAndDestroy();
    await until("closed");
    await waitFor(() => outcomes.flushed + outcomes.failed === 200);
    expect(outcomes).toEqual({ flushed: 0, failed: 200 });
  });
});

describe("a slow reader", () => {
  test("makes the socket pause, and loses nothing", async () => {
    const server = await serve();
    const { bridge, nextBatch } = harness(server.url, { queue: { items: 64, bytes: 1_000_000 } });
    await nextBatch();
    const count = 20_000;
    const message = Buffer.alloc(1_000, "x");
    const largest: number[] = [];
    server.push(...Array.from({ length: count }, (_, index) => receivedFrame(`${index} ${message.toString()}`)));
    let expected = 0;
    while (expected < count) {
      await sleep(1);
      const value = await nextBatch();
      largest.push(value.length);
      for (const event of value) expect(textOf(event).split(" ")[0]).toBe(String(expected++));
    }
    // 64, and then what one read of the socket (64 KiB) brings, at most.
    expect(Math.max(...largest)).toBeLessThanOrEqual(64 + 65_536 / 1_000 + 1);
    bridge.send(LANE_QUERY);
  });

  test("is measured in bytes too", async () => {
    const server = await serve();
    const { nextBatch } = harness(server.url, { queue: { items: 1_000_000, bytes: 100_000 } });
    await nextBatch();
    server.push(...Array.from({ length: 500 }, () => receivedFrame(Buffer.alloc(10_000))));
    let seen = 0;
    while (seen < 500) {
      await sleep(1);
      const value = await nextBatch();
      seen += value.length;
      expect(value.length).toBeLessThanOrEqual(20);
    }
  });

  test("is not taken for a dead connection", async () => {
    const server = await serve();
    const { nextBatch } = harness(server.url, { queue: { items: 1, bytes: 1_000 }, pingMs: 20 });
    await nextBatch();
    server.push(...Array.from({ length: 3_000 }, () => receivedFrame(Buffer.alloc(1_000))));
    await sleep(150);
    await nextBatch();
    await sleep(10);
    expect(server.connections.total).toBe(1);
  });

  test("cannot make the wait for the address unbounded", async () => {
    const pushed = Array.from({ length: 100 }, (_, index) => receivedFrame(String(index)));
    const server = await serve({ onConnection: (socket) => pushed.forEach((frame) => socket.send(frame)) });
    const { counters, next, until } = harness(server.url, { queue: { items: 10, bytes: 1_000_000 } });
    await until("opened");
    for (let index = 0; index < 10; index++) expect(textOf(await next())).toBe(String(index));
    expect(counters.take()).toEqual({ "dropped.overload": 90 });
  });
});
