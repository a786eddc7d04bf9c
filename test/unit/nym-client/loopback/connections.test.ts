/** The WebSocket of a client: one connection, what it is told and in which encoding, and how it ends. */
import { connect as connectTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  createLoopbackMixnet,
  type LoopbackMixnet,
  type LoopbackUrls,
} from "../../../../nym-client/loopback/mixnet.js";
import { decodeResponse, encodeRequest } from "../../../../src/protocol/nym-client/binary.js";
import type { ClientResponse } from "../../../../src/protocol/nym-client/frames.js";
import { type Arrivals, closed, connect, type Frame, settled, TestApp } from "../../../support/loopback-apps.js";

let mixnet: LoopbackMixnet;
let urls: LoopbackUrls;

beforeEach(async () => {
  mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, services: 2, restartMs: 20 });
  urls = await mixnet.listen();
});
afterEach(() => mixnet.close());

const selfAddress = encodeRequest({ type: "selfAddress" });

function service(index = 0): string {
  return urls.services[index] ?? "";
}

async function response(frames: Arrivals<Frame>): Promise<ClientResponse | undefined> {
  return decodeResponse((await frames.next()).data);
}

/** Waits until nobody is connected to a client. */
async function disconnected(client: string): Promise<void> {
  while (mixnet.counters(client).connected) await sleep(1);
}

describe.each([
  ["a service client", "nym-directory", () => service()],
  ["a user's client", "alice", () => `${urls.users}/alice`],
] as const)("%s", (_, name, url) => {
  test("answers SelfAddress with its own address", async () => {
    const { socket, frames } = await connect(url());
    socket.send(selfAddress);
    expect(await response(frames)).toEqual({ type: "selfAddress", address: mixnet.addressOf(name) });
  });

  test("cuts a second connection during the handshake, and does not disturb the first", async () => {
    const { socket, frames } = await connect(url());
    for (let attempt = 0; attempt < 3; attempt += 1) await expect(connect(url())).rejects.toThrow("socket hang up");
    socket.send(selfAddress);
    expect(await response(frames)).toMatchObject({ type: "selfAddress" });
  });

  test("is there for the next connection, and runs on meanwhile", async () => {
    const first = await connect(url());
    first.socket.close();
    await closed(first.socket);
    await disconnected(name);
    const bob = new TestApp(mixnet, "bob");
    bob.ask(mixnet.addressOf(name), "while you were away", 12);
    await settled();
    expect(mixnet.counters(name)).toMatchObject({ unread: 1, surbs: 12 });
    const second = await connect(url());
    expect(await response(second.frames)).toMatchObject({ message: Buffer.from("while you were away") });
  });

  test("pushes what arrived while nobody was there right after the handshake, in binary", async () => {
    const first = await connect(url());
    first.socket.send('{"type":"selfAddress"}');
    expect((await first.frames.next()).isBinary).toBe(false);
    first.socket.terminate();
    await disconnected(name);
    const bob = new TestApp(mixnet, "bob");
    for (const text of ["1", "2", "3"]) bob.send(mixnet.addressOf(name), text);
    await settled();
    const second = await connect(url());
    const pushes = [await second.frames.next(), await second.frames.next(), await second.frames.next()];
    expect(pushes.map(({ isBinary }) => isBinary)).toEqual([true, true, true]);
    expect(pushes.map(({ data }) => decodeResponse(data))).toEqual(
      ["1", "2", "3"].map((text) => ({ type: "received", senderTag: undefined, message: Buffer.from(text) })),
    );
  });

  test("pushes in the encoding of the last frame", async () => {
    const { socket, frames } = await connect(url());
    const bob = new TestApp(mixnet, "bob");
    const encodings: boolean[] = [];
    for (const frame of ["not even JSON", selfAddress, '{"type":"selfAddress"}']) {
      socket.send(frame);
      await frames.next();
      bob.send(mixnet.addressOf(name), "push");
      encodings.push((await frames.next()).isBinary);
    }
    expect(encodings).toEqual([false, true, false]);
  });

  test("is cut off on command, and can be connected to again", async () => {
    const first = await connect(url());
    expect(mixnet.dropSocket(name)).toBe(true);
    await closed(first.socket);
    expect(mixnet.dropSocket(name)).toBe(false);
    const second = await connect(url());
    second.socket.send(selfAddress);
    expect(await response(second.frames)).toMatchObject({ type: "selfAddress" });
  });

  test.each(["graceful", "killed"] as const)("is not there between a %s stop and the next start", async (how) => {
    const first = await connect(url());
    mixnet.stop(name, how);
    await closed(first.socket);
    await expect(connect(url())).rejects.toThrow(name === "nym-directory" ? "ECONNREFUSED" : "socket hang up");
    mixnet.start(name);
    const second = await connect(url());
    second.socket.send(selfAddress);
    expect(await response(second.frames)).toEqual({ type: "selfAddress", address: mixnet.addressOf(name) });
  });

  test("refuses the next connection for a while, if told to", async () => {
    mixnet.faults({ reconnectRefusedMs: 60_000 });
    const first = await connect(url());
    first.socket.close();
    await closed(first.socket);
    await disconnected(name);
    await expect(connect(url())).rejects.toThrow("socket hang up");
    // A new process knows nothing of it.
    await mixnet.restart(name, "graceful");
    mixnet.faults({ reconnectRefusedMs: 30 });
    const second = await connect(url());
    second.socket.close();
    await closed(second.socket);
    while ((await connect(url()).catch(() => undefined)) === undefined) await sleep(10);
  });

  test("takes frames of up to 16 MiB", async () => {
    const { socket, frames } = await connect(url());
    const overhead = encodeRequest({
      type: "send",
      recipient: mixnet.addressOf(name),
      lane: 1,
      message: Buffer.alloc(0),
    });
    const message = Buffer.alloc(16 * 1024 * 1024 - overhead.length, "x");
    socket.send(encodeRequest({ type: "send", recipient: mixnet.addressOf(name), lane: 1, message }));
    await frames.next();
    const back = await response(frames);
    expect(back?.type === "received" && back.message.equals(message)).toBe(true);
    socket.send(Buffer.alloc(16 * 1024 * 1024 + 1));
    await closed(socket);
  });
});

test("a message goes from a user's WebSocket to a service client's and back", async () => {
  const [directory, alice] = [await connect(service(1)), await connect(`${urls.users}/alice`)];
  const recipient = mixnet.addressOf("nym-directory-1");
  const question = {
    type: "sendAnonymous",
    recipient,
    replySurbs: 2,
    lane: undefined,
    message: Buffer.from("?"),
  } as const;
  alice.socket.send(encodeRequest(question));
  const request = await response(directory.frames);
  if (request?.type !== "received" || request.senderTag === undefined) throw new Error("not an anonymous message");
  const message = Buffer.from("!");
  directory.socket.send(encodeRequest({ type: "reply", senderTag: request.senderTag, lane: 5, message }));
  expect(await response(directory.frames)).toEqual({ type: "laneQueueLength", lane: 5, length: 0 });
  expect(await response(alice.frames)).toEqual({ type: "received", senderTag: undefined, message });
});

test("a service client that is down has no port, and has the same one when it is back", async () => {
  const { hostname, port } = new URL(service());
  const attempt = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connectTcp(Number(port), hostname, () => {
        socket.destroy();
        resolve("connected");
      });
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    });
  mixnet.stop("nym-directory", "killed");
  expect(await attempt()).toBe("ECONNREFUSED");
  mixnet.start("nym-directory");
  const { frames, socket } = await connect(service());
  socket.send(selfAddress);
  expect(await response(frames)).toEqual({ type: "selfAddress", address: mixnet.addressOf("nym-directory") });
});

describe("a connection that fails the handshake", () => {
  const garbage = { "connect and close": "", "HTTP/1.0": "GET / HTTP/1.0\r\n\r\n", noise: "\x16\x03\x01\x02\r\n\r\n" };

  /** Connects, sends `bytes`, and waits for the end. */
  function probe(url: string, bytes: string): Promise<void> {
    return new Promise((resolve) => {
      const socket = connectTcp(Number(new URL(url).port), "127.0.0.1", () => socket.end(bytes));
      socket.resume();
      socket.on("close", () => resolve());
      socket.on("error", () => undefined);
    });
  }

  test.each(Object.entries(garbage))(
    "%s: kills a client to which nobody is connected, if told to",
    async (_, bytes) => {
      mixnet.faults({ abortOnFailedHandshake: true });
      new TestApp(mixnet, "alice").ask(mixnet.addressOf("nym-directory"), "?", 5);
      await settled();
      await probe(service(), bytes);
      while (mixnet.counters("nym-directory").running) await sleep(1);
      while (!mixnet.counters("nym-directory").running) await sleep(1);
      expect(mixnet.counters("nym-directory")).toMatchObject({ surbs: 0, unread: 0 });
      await connect(service());
    },
  );

  test.each(Object.entries(garbage))("%s: is only refused while somebody is connected", async (_, bytes) => {
    mixnet.faults({ abortOnFailedHandshake: true });
    const { socket, frames } = await connect(service());
    await probe(service(), bytes);
    socket.send(selfAddress);
    expect(await response(frames)).toMatchObject({ type: "selfAddress" });
    expect(mixnet.counters("nym-directory").running).toBe(true);
  });

  test.each(Object.entries(garbage))("%s: does nothing otherwise", async (_, bytes) => {
    await probe(service(), bytes);
    for (;;) {
      const connection = await connect(service()).catch(() => undefined);
      if (connection !== undefined) break;
    }
    expect(mixnet.counters("nym-directory").running).toBe(true);
  });

  test("at a user's path kills that user's client, if told to", async () => {
    mixnet.faults({ abortOnFailedHandshake: true });
    const { port } = new URL(urls.users);
    const upgrade = "GET /alice HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    await probe(`ws://127.0.0.1:${port}`, upgrade);
    while (mixnet.counters("alice").running) await sleep(1);
    expect(mixnet.counters("nym-directory").running).toBe(true);
  });
});

describe("the users' port", () => {
  test.each(["/", "/a/b", "/%", `/${"a".repeat(65)}`, "/nym-directory"])("has no client at %s", async (path) => {
    await expect(connect(urls.users + path)).rejects.toThrow("socket hang up");
  });

  test("tells a browser what it is", async () => {
    const answer = await fetch(urls.users.replace("ws:", "http:"));
    expect(answer.status).toBe(426);
    expect(await answer.text()).toContain("/alice");
  });
});

test("a user with a port of their own is the same client as at the users' port", async () => {
  const other = createLoopbackMixnet();
  const { users, dedicated } = await other.listen({ dedicated: { alice: 0 } });
  const { socket, frames } = await connect(dedicated["alice"] ?? "");
  socket.send(selfAddress);
  expect(await response(frames)).toEqual({ type: "selfAddress", address: other.addressOf("alice") });
  await expect(connect(`${users}/alice`)).rejects.toThrow("socket hang up");
  await expect(other.listen({ dedicated: { "nym-directory": 0 } })).rejects.toThrow("a user's name is");
  await other.close();
});

describe("an application in the process", () => {
  test("has the only place too", async () => {
    const app = new TestApp(mixnet, "alice");
    await expect(connect(`${urls.users}/alice`)).rejects.toThrow("socket hang up");
    expect(() => new TestApp(mixnet, "alice")).toThrow("the client refuses the connection");
    app.close();
    await settled();
    expect(app.closed).toBe(true);
    const { socket } = await connect(`${urls.users}/alice`);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test("may reuse what it has sent", async () => {
    const [alice, bob] = [new TestApp(mixnet, "alice"), new TestApp(mixnet, "bob")];
    const attachment = mixnet.attach("carol", { onResponse: () => undefined });
    const message = Buffer.from("as it was");
    attachment.send({ type: "send", recipient: bob.address, lane: undefined, message });
    message.fill(0);
    expect((await bob.message()).text).toBe("as it was");
    expect(alice.texts()).toEqual([]);
  });

  test("is told of the end, and then does nothing more", async () => {
    const alice = new TestApp(mixnet, "alice");
    mixnet.dropSocket("alice");
    await settled();
    expect(alice.closed).toBe(true);
    alice.send(alice.address, "x", 1);
    await settled();
    expect(alice.arrivals.take()).toEqual([]);
  });

  test("cannot have an impossible name", () => {
    expect(() => new TestApp(mixnet, "not a name")).toThrow("a user's name is");
  });
});

test("closing the mixnet ends every connection", async () => {
  const [first, second] = [await connect(service()), await connect(`${urls.users}/alice`)];
  const attached = new TestApp(mixnet, "bob");
  await mixnet.close();
  await Promise.all([closed(first.socket), closed(second.socket)]);
  expect(attached.closed).toBe(true);
  await expect(connect(service())).rejects.toThrow("ECONNREFUSED");
});

test("the port of a service client is closed while its process does not run", async () => {
  const failure = (url: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.on("open", () => resolve("open"));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  for (let round = 0; round < 2; round++) {
    mixnet.stop("nym-directory", "killed");
    expect(await failure(service())).toBe("ECONNREFUSED");
    expect(await failure(service(1))).not.toBe("ECONNREFUSED");
    mixnet.start("nym-directory");
    expect(await failure(service())).toBe("open");
  }
});
