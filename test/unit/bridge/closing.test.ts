import { describe, expect, test, vi } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { BridgeClosedError } from "../../../src/bridge/bridge.js";
import { harness, serve, serveRaw, textOf, waitFor } from "../../support/bridge-harness.js";
import { receivedFrame, startNymClientServer } from "../../support/nym-client-server.js";
import { acceptance } from "../../support/raw-websocket.js";

const LANE_QUERY = { type: "laneQueueLength", lane: 1 } as const;

describe("closing", () => {
  test("ends the events after what is still there, with the connection closed in good order", async () => {
    let code = 0;
    const server = await serve({ onConnection: (socket) => socket.on("close", (given) => (code = given)) });
    const { abort, next, until } = harness(server.url);
    await until("opened");
    server.push(receivedFrame("last"));
    expect(textOf(await next())).toBe("last");
    abort.abort();
    expect(await next()).toEqual({ type: "closed" });
    expect(await next()).toBeUndefined();
    await waitFor(() => code !== 0);
    expect(code).toBe(1000);
    await sleep(60);
    expect(server.connections.total).toBe(1);
  });

  test("by disposal is over when it resolves, and may be asked for twice", async () => {
    const server = await serve();
    const { bridge, until } = harness(server.url);
    await until("opened");
    await Promise.all([bridge[Symbol.asyncDispose](), bridge[Symbol.asyncDispose]()]);
    expect(() => bridge.send(LANE_QUERY)).toThrow(BridgeClosedError);
    await until("closed");
  });

  test("flushes what was sent before it", async () => {
    const server = await serve();
    const { bridge, until } = harness(server.url);
    await until("opened");
    for (let lane = 1; lane <= 100; lane++) bridge.send({ type: "laneQueueLength", lane });
    await bridge[Symbol.asyncDispose]();
    expect(server.frames).toHaveLength(101);
  });

  test("while nothing listens ends at once", async () => {
    const server = await startNymClientServer();
    await server[Symbol.asyncDispose]();
    const { bridge, failures, next } = harness(server.url, { reconnectMinMs: 60_000, reconnectMaxMs: 60_000 });
    await waitFor(() => failures.length === 1);
    await bridge[Symbol.asyncDispose]();
    expect(await next()).toBeUndefined();
  });

  test("before it began opens nothing", async () => {
    const server = await serve();
    const { next } = harness(server.url, { signal: AbortSignal.abort() });
    expect(await next()).toBeUndefined();
    expect(server.connections.total).toBe(0);
  });

  test("lets a handshake under way finish, since a nym-client aborts on one that is given up", async () => {
    let handshake: Buffer | undefined;
    const { url, sockets } = await serveRaw((socket) => void socket.once("data", (request) => (handshake = request)));
    const { bridge } = harness(url, { closeMs: 2_000 });
    await waitFor(() => handshake !== undefined);
    const disposed = bridge[Symbol.asyncDispose]();
    await sleep(50);
    expect(sockets[0]?.destroyed).toBe(false);
    const heard: Buffer[] = [];
    sockets[0]?.on("data", (chunk) => heard.push(chunk));
    sockets[0]?.write(acceptance(handshake ?? Buffer.alloc(0)));
    await waitFor(() => heard.length > 0);
    // A masked close frame: 0x88, and no SelfAddress before it.
    expect(heard[0]?.[0]).toBe(0x88);
    sockets[0]?.end();
    await disposed;
  });

  test("does not wait for ever for a handshake that never ends, nor for an answer to the closing one", async () => {
    const mute = await serveRaw(() => undefined);
    const { bridge } = harness(mute.url, { closeMs: 50 });
    await waitFor(() => mute.sockets.length === 1);
    await bridge[Symbol.asyncDispose]();

    const deaf = await serveRaw((socket) => void socket.once("data", (request) => socket.write(acceptance(request))));
    const { bridge: other } = harness(deaf.url, { closeMs: 50 });
    await waitFor(() => deaf.sockets.length === 1);
    await sleep(20);
    await other[Symbol.asyncDispose]();
  });

  test("works with a reader that stopped reading", async () => {
    const server = await serve();
    const { bridge, nextBatch } = harness(server.url, { queue: { items: 1, bytes: 1_000 } });
    await nextBatch();
    server.push(...Array.from({ length: 3_000 }, () => receivedFrame(Buffer.alloc(1_000))));
    await sleep(50);
    await bridge[Symbol.asyncDispose]();
  });
});

describe("a bridge", () => {
  test("has one reader", async () => {
    const { bridge, until } = harness((await serve()).url);
    await until("opened");
    await expect(bridge.events()[Symbol.asyncIterator]().next()).rejects.toThrow("one reader");
  });

  test("leaves no listener behind, however often its connection was lost", async () => {
    const server = await serve();
    const abort = new AbortController();
    const added = vi.spyOn(abort.signal, "addEventListener");
    const removed = vi.spyOn(abort.signal, "removeEventListener");
    const listening = (): number => added.mock.calls.length - removed.mock.calls.length;
    const { bridge, until } = harness(server.url, { signal: abort.signal });
    for (let round = 0; round < 15; round++) {
      await until("opened");
      expect(listening()).toBe(1);
      server.drop();
      await until("closed");
    }
    await bridge[Symbol.asyncDispose]();
    expect(listening()).toBe(0);
  });
});
