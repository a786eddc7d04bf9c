/** Applications at clients of a loopback mixnet, in this process or over a WebSocket, whose answers can be awaited one by one. */
import { WebSocket } from "ws";
import type { Attachment, LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import type { ClientResponse } from "../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";

/** Things that arrive, to be taken in order. */
export class Arrivals<T> {
  readonly #arrived: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  push(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#arrived.push(item);
    else taker(item);
  }

  /** The next one, when it is there. */
  next(): Promise<T> {
    const item = this.#arrived.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Takes all that are there. */
  take(): T[] {
    return this.#arrived.splice(0);
  }
}

/** An application in this process. */
export class TestApp {
  readonly arrivals = new Arrivals<ClientResponse>();
  closed = false;
  readonly #attachment: Attachment;

  constructor(mixnet: LoopbackMixnet, name: string) {
    this.#attachment = mixnet.attach(name, {
      onResponse: (response) => this.arrivals.push(response),
      onClose: () => (this.closed = true),
    });
  }

  get address(): NymAddress {
    return this.#attachment.address;
  }

  /** Sends a plain message. */
  send(recipient: NymAddress, message: string | Buffer, lane?: number): void {
    this.#attachment.send({ type: "send", recipient, lane, message: Buffer.from(message) });
  }

  /** Sends an anonymous message with `replySurbs` SURBs. */
  ask(recipient: NymAddress, message: string | Buffer, replySurbs: number, lane?: number): void {
    this.#attachment.send({ type: "sendAnonymous", recipient, replySurbs, lane, message: Buffer.from(message) });
  }

  reply(senderTag: SenderTag, message: string | Buffer, lane?: number): void {
    this.#attachment.send({ type: "reply", senderTag, lane, message: Buffer.from(message) });
  }

  closeLane(lane: number): void {
    this.#attachment.send({ type: "closedConnection", lane });
  }

  /** The queue length of a lane. */
  async laneLength(lane: number): Promise<number> {
    this.#attachment.send({ type: "laneQueueLength", lane });
    const answer = await this.arrivals.next();
    if (answer.type !== "laneQueueLength") throw new Error(`got ${answer.type} instead of a queue length`);
    return answer.length;
  }

  /** The next message, which must be the next thing that arrives. */
  async message(): Promise<{ readonly senderTag: SenderTag | undefined; readonly text: string }> {
    const response = await this.arrivals.next();
    if (response.type !== "received") throw new Error(`got ${response.type} instead of a message`);
    return { senderTag: response.senderTag, text: response.message.toString() };
  }

  /** The tag and text of the next message, which must be anonymous. */
  async request(): Promise<{ readonly senderTag: SenderTag; readonly text: string }> {
    const { senderTag, text } = await this.message();
    if (senderTag === undefined) throw new Error("the message has no tag");
    return { senderTag, text };
  }

  /** The texts of all messages that are there. */
  texts(): string[] {
    return this.arrivals.take().map((response) => (response.type === "received" ? response.message.toString() : ""));
  }

  close(): void {
    this.#attachment.close();
  }
}

/** Waits until everything has happened that needs no timer. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A frame as it came. */
export interface Frame {
  readonly isBinary: boolean;
  readonly data: Buffer;
}

/** An application behind a WebSocket, opened before this resolves; it rejects when the connection is refused. */
export async function connect(url: string): Promise<{ socket: WebSocket; frames: Arrivals<Frame> }> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 0 });
  const frames = new Arrivals<Frame>();
  socket.on("message", (data, isBinary) => frames.push({ data: data as Buffer, isBinary }));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => undefined);
  return { socket, frames };
}

/** Resolves when a socket has closed. */
export function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) resolve();
    else socket.once("close", () => resolve());
  });
}
