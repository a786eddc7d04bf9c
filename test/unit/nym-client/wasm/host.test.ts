/** The nym-client API over an engine that does what the test says. */
import { afterEach, describe, expect, it } from "vitest";
import { Place } from "../../../../nym-client/host/place.js";
import { type Listener, listenForClient } from "../../../../nym-client/host/port.js";
import { Backlog } from "../../../../nym-client/wasm/backlog.js";
import type { MixnetEngine } from "../../../../nym-client/wasm/engine.js";
import { Host } from "../../../../nym-client/wasm/host.js";
import { SendQueue } from "../../../../nym-client/wasm/send-queue.js";
import { addressFromBytes } from "../../../../src/protocol/nym-client/address.js";
import { decodeResponse, encodeRequest } from "../../../../src/protocol/nym-client/binary.js";
import type { ClientRequest, ClientResponse } from "../../../../src/protocol/nym-client/frames.js";
import { type SenderTag, senderTagToBase58 } from "../../../../src/protocol/nym-client/sender-tag.js";
import { closed, connect } from "../../../support/loopback-apps.js";
import { until } from "../../../support/until.js";

const ADDRESS = addressFromBytes(Buffer.alloc(96, 0x66));
const TAG = "000102030405060708090a0b0c0d0e0f" as SenderTag;
const message = Buffer.from("hello");

const open: Listener[] = [];
afterEach(async () => {
  for (const port of open.splice(0)) await port[Symbol.asyncDispose]();
});

/** A host whose engine writes down what it is given, and takes each message over when it is told to. */
async function serve() {
  const given: unknown[] = [];
  const takers: ((error?: Error) => void)[] = [];
  const take = (what: unknown): Promise<void> => {
    given.push(what);
    return new Promise((resolve, reject) => {
      takers.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  };
  const engine: MixnetEngine = {
    address: ADDRESS,
    send: (bytes, recipient) => take(["send", String(bytes), recipient]),
    sendAnonymous: (bytes, recipient, replySurbs) => take(["sendAnonymous", String(bytes), recipient, replySurbs]),
    reply: (bytes, senderTag) => take(["reply", String(bytes), senderTag]),
  };
  const place = new Place({ now: () => 0, refuseMs: () => 0, onFailedHandshake: () => undefined });
  const backlog = new Backlog(() => 0, 1_000);
  const port = await listenForClient(new Host({ engine, place, queue: new SendQueue(), backlog }), 0);
  open.push(port);
  const app = await connect(port.url);
  return {
    given,
    place,
    backlog,
    url: port.url,
    socket: app.socket,
    frames: app.frames,
    ask: (request: ClientRequest) => app.socket.send(encodeRequest(request)),
    next: async (): Promise<ClientResponse | undefined> => decodeResponse((await app.frames.next()).data),
    /** The engine takes over the message that it was given first. */
    taken: async (error?: Error): Promise<void> => (await until(() => takers.shift()))(error),
  };
}

describe("in binary", () => {
  it("it tells its address", async () => {
    const host = await serve();
    host.ask({ type: "selfAddress" });
    expect(await host.next()).toEqual({ type: "selfAddress", address: ADDRESS });
  });

  it("it hands on each kind of message, in order", async () => {
    const host = await serve();
    host.ask({ type: "send", recipient: ADDRESS, lane: undefined, message });
    host.ask({ type: "sendAnonymous", recipient: ADDRESS, replySurbs: 7, lane: undefined, message });
    host.ask({ type: "reply", senderTag: TAG, lane: undefined, message });
    for (let taken = 0; taken < 3; taken += 1) await host.taken();
    expect(host.given).toEqual([
      ["send", "hello", ADDRESS],
      ["sendAnonymous", "hello", ADDRESS, 7],
      ["reply", "hello", TAG],
    ]);
    expect(host.backlog.ms).toBe(1 + 3 + 1);
  });

  it("a lane's length is how many of its messages the engine has not taken over", async () => {
    const host = await serve();
    const reply = (lane: number): void => host.ask({ type: "reply", senderTag: TAG, lane, message });
    reply(5);
    reply(5);
    reply(6);
    for (const [lane, length] of [
      [5, 0],
      [5, 1],
      [6, 0],
    ] as const) {
      expect(await host.next()).toEqual({ type: "laneQueueLength", lane, length });
    }
    await host.taken();
    await until(() => host.given.length === 2);
    host.ask({ type: "laneQueueLength", lane: 5 });
    expect(await host.next()).toEqual({ type: "laneQueueLength", lane: 5, length: 1 });
    host.ask({ type: "closedConnection", lane: 6 });
    host.ask({ type: "laneQueueLength", lane: 6 });
    expect(await host.next()).toEqual({ type: "laneQueueLength", lane: 6, length: 0 });
    await host.taken();
    host.ask({ type: "laneQueueLength", lane: 5 });
    expect(await host.next()).toEqual({ type: "laneQueueLength", lane: 5, length: 0 });
    expect(host.given).toHaveLength(2);
  });

  it("what the engine refuses goes nowhere, without a word, and does not stop the next", async () => {
    const host = await serve();
    host.ask({ type: "reply", senderTag: TAG, lane: undefined, message });
    host.ask({ type: "reply", senderTag: TAG, lane: undefined, message: Buffer.from("next") });
    await host.taken(new Error("no such tag"));
    await until(() => host.given.length === 2);
    host.ask({ type: "selfAddress" });
    expect(await host.next()).toMatchObject({ type: "selfAddress" });
  });

  it("it pushes what came before anybody was connected, and what comes then", async () => {
    const host = await serve();
    host.socket.close();
    await closed(host.socket);
    host.place.push({ type: "received", senderTag: TAG, message });
    const again = await until(() => connect(host.url));
    host.place.push({ type: "received", senderTag: undefined, message });
    expect(decodeResponse((await again.frames.next()).data)).toEqual({ type: "received", senderTag: TAG, message });
    expect(decodeResponse((await again.frames.next()).data)).toEqual({
      type: "received",
      senderTag: undefined,
      message,
    });
  });

  it("it refuses what it cannot parse as a nym-client does", async () => {
    const host = await serve();
    host.socket.send(Buffer.from([9]));
    expect(await host.next()).toEqual({
      type: "error",
      kind: 3,
      message: "9 does not correspond to any valid request tag",
    });
  });
});

describe("in text", () => {
  it("it answers and pushes in text", async () => {
    const host = await serve();
    host.socket.send('{"type":"selfAddress"}');
    const answer = await host.frames.next();
    expect([answer.isBinary, JSON.parse(answer.data.toString())]).toEqual([
      false,
      { type: "selfAddress", address: ADDRESS },
    ]);
    host.place.push({ type: "received", senderTag: TAG, message });
    expect(JSON.parse((await host.frames.next()).data.toString())).toEqual({
      type: "received",
      message: "hello",
      senderTag: senderTagToBase58(TAG),
    });
  });

  it("it takes a reply with a tag in base58", async () => {
    const host = await serve();
    const senderTag = senderTagToBase58(TAG);
    host.socket.send(JSON.stringify({ type: "reply", senderTag, message: "hello", connectionId: 3 }));
    expect(JSON.parse((await host.frames.next()).data.toString())).toEqual({
      type: "laneQueueLength",
      lane: 3,
      queue_length: 0,
    });
    await host.taken();
    expect(host.given).toEqual([["reply", "hello", TAG]]);
  });
});

describe("a second connection", () => {
  it("is cut during the handshake, and the first goes on", async () => {
    const host = await serve();
    await expect(connect(host.url)).rejects.toThrow("socket hang up");
    host.ask({ type: "selfAddress" });
    expect(await host.next()).toMatchObject({ type: "selfAddress" });
  });
});
