import { describe, expect, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { addressFromBytes } from "../../../src/protocol/nym-client/address.js";
import { harness, serve, serveRaw, textOf, waitFor } from "../../support/bridge-harness.js";
import { receivedFrame, startNymClientServer } from "../../support/nym-client-server.js";
import { acceptance } from "../../support/raw-websocket.js";

const LANE_QUERY = { type: "laneQueueLength", lane: 1 } as const;

describe("opening", () => {
  test("is told when SelfAddress is answered, with the address", async () => {
    const { next } = harness((await serve({ fill: 9 })).url);
    const address = addressFromBytes(new Uint8Array(96).fill(9));
    expect(await next()).toEqual({ type: "opened", address, surbsLost: false });
  });

  test("loses nothing of what is pushed with the handshake, and tells it after the address", async () => {
    const pushed = Array.from({ length: 50 }, (_, index) => receivedFrame(`m${index}`));
    const server = await serve({ onConnection: (socket) => pushed.forEach((frame) => socket.send(frame)) });
    const { next } = harness(server.url);
    expect((await next())?.type).toBe("opened");
    for (let index = 0; index < 50; index++) expect(textOf(await next())).toBe(`m${index}`);
  });

  test("asks again when the first question is lost", async () => {
    let asked = 0;
    const server = await serve({ onFrame: () => ++asked < 3 });
    await harness(server.url, { askMs: 10 }).until("opened");
    expect(asked).toBe(3);
    expect(server.connections.total).toBe(1);
  });

  test("gives a client that never answers another connection after its allowance", async () => {
    let deaf = true;
    const server = await serve({ onFrame: () => deaf });
    const { failures, until } = harness(server.url, { startAllowanceMs: 50 });
    await waitFor(() => server.connections.total >= 3);
    deaf = false;
    await until("opened");
    expect(server.connections.most).toBe(1);
    expect(new Set(failures)).toEqual(new Set(["NO_ANSWER"]));
  });

  test("waits as long as it takes for a port to open", async () => {
    const first = await startNymClientServer();
    await first[Symbol.asyncDispose]();
    const { failures, until } = harness(first.url);
    await waitFor(() => failures.length >= 5);
    await serve({ port: first.port });
    expect(await until("opened")).toMatchObject({ surbsLost: false });
    expect(new Set(failures)).toEqual(new Set(["ECONNREFUSED"]));
  });

  test("goes on when handshakes are cut", async () => {
    let cuts = 4;
    const { url, sockets } = await serveRaw((socket) => {
      if (cuts-- > 0) socket.once("data", () => socket.destroy());
    });
    const { failures } = harness(url);
    await waitFor(() => sockets.length === 5);
    expect(failures).toEqual(["ECONNRESET", "ECONNRESET", "ECONNRESET", "ECONNRESET"]);
  });

  test("goes on when the port speaks something else", async () => {
    const answers = ["HTTP/1.1 503 No\r\n\r\n", "garbage\r\n\r\n", "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\n\r\n"];
    const { url, sockets } = await serveRaw((socket) => {
      socket.once("data", () => socket.end(answers[sockets.length - 1] ?? ""));
    });
    const { failures } = harness(url);
    await waitFor(() => failures.length >= 4);
    expect(sockets.length).toBeGreaterThanOrEqual(4);
  });

  test("never has two handshakes at once, and gives none up before its time", async () => {
    const { url, sockets } = await serveRaw(() => undefined);
    const { failures } = harness(url, { handshakeMs: 300 });
    await sleep(150);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.destroyed).toBe(false);
    await waitFor(() => failures.length === 1);
    await waitFor(() => sockets.length === 2);
  });
});

describe("a connection that is lost", () => {
  test("comes back, and SURBs are not lost if the port never refused", async () => {
    const server = await serve();
    const { next, until } = harness(server.url);
    await until("opened");
    for (let round = 0; round < 5; round++) {
      server.drop();
      expect(await next()).toEqual({ type: "closed" });
      expect(await next()).toMatchObject({ type: "opened", surbsLost: false });
    }
    expect(server.connections).toEqual({ total: 6, most: 1 });
  });

  test("comes back on another server at the same port, and SURBs are lost since the port refused in between", async () => {
    const first = await serve({ fill: 1 });
    const { failures, until } = harness(first.url);
    await until("opened");
    await first[Symbol.asyncDispose]();
    await until("closed");
    await waitFor(() => failures.includes("ECONNREFUSED"));
    const second = await serve({ fill: 2, port: first.port });
    const address = addressFromBytes(new Uint8Array(96).fill(2));
    expect(await until("opened")).toEqual({ type: "opened", address, surbsLost: true });
    second.drop();
    expect(await until("opened")).toMatchObject({ surbsLost: false });
  });

  test.each([
    { survived: true, refused: true, lost: false },
    { survived: false, refused: false, lost: true },
    { survived: undefined, refused: true, lost: true },
    { survived: undefined, refused: false, lost: false },
  ])("believes who watches the process: %j", async ({ survived, refused, lost }) => {
    let server = await serve();
    const { failures, until } = harness(server.url, { survived: () => survived });
    expect(await until("opened")).toMatchObject({ surbsLost: false });
    if (refused) {
      await server[Symbol.asyncDispose]();
      await waitFor(() => failures.includes("ECONNREFUSED"));
      server = await serve({ port: server.port });
    } else {
      server.drop();
    }
    expect(await until("opened")).toMatchObject({ surbsLost: lost });
  });

  test("is tried again at once, however soon after another loss: a process that is back soon was gone all the same", async () => {
    const first = await serve();
    const { failures, until } = harness(first.url, { reconnectMinMs: 500, reconnectMaxMs: 60_000 });
    await until("opened");
    first.drop();
    await until("opened");
    await sleep(100);
    await first[Symbol.asyncDispose]();
    await waitFor(() => failures.includes("ECONNREFUSED"));
    expect(failures).toEqual(["ECONNREFUSED"]);
  });

  test("is noticed when the other end closes in good order", async () => {
    const server = await serve({ onFrame: (frame, socket) => frame[0] === 0x05 && (socket.close(1001), true) });
    const { bridge, next, until } = harness(server.url);
    await until("opened");
    bridge.send(LANE_QUERY);
    expect(await next()).toEqual({ type: "closed" });
    expect(await next()).toMatchObject({ type: "opened" });
  });

  test("is noticed by its silence when the other end is gone without a word", async () => {
    const server = await serve();
    const { until } = harness(server.url, { pingMs: 40 });
    await until("opened");
    await sleep(200);
    expect(server.connections.total).toBe(1);

    const { url, sockets } = await serveRaw((socket) => {
      socket.once("data", (request) => socket.write(acceptance(request)));
    });
    const silent = harness(url, { pingMs: 40, closeMs: 50 });
    await waitFor(() => sockets.length >= 2);
    expect(silent.failures[0]).toBe("NO_ANSWER");
  });

  test("pauses between attempts for a time between the two bounds", async () => {
    const times: number[] = [];
    const { url } = await serveRaw((socket) => {
      times.push(performance.now());
      socket.destroy();
    });
    harness(url, { reconnectMinMs: 60, reconnectMaxMs: 120 });
    await waitFor(() => times.length >= 4);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(55);
  });
});
