/** A nym-client reduced to its socket: tests push requests through it, see every reply, and decide what its lanes say. */
import { once } from "node:events";
import { type AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { ADDRESS_BYTES } from "../../src/protocol/nym-client/address.js";
import { readU64, REQUEST_TAG, RESPONSE_TAG, writeU64 } from "../../src/protocol/nym-client/binary.js";
import { SENDER_TAG_BYTES } from "../../src/protocol/nym-client/sender-tag.js";

/** A reply that the directory handed over. */
export interface SeenReply {
  readonly tag: string;
  readonly lane: number;
  readonly message: Buffer;
}

export class FakeNymClient implements AsyncDisposable {
  readonly replies: SeenReply[] = [];
  /** What a lane is said to hold; undefined gives no answer at all. */
  laneLength: (lane: number) => number | undefined = () => 0;
  readonly #server: WebSocketServer;
  readonly #identity: Buffer;
  readonly #watchers = new Set<() => void>();
  #socket: WebSocket | undefined;

  constructor(server: WebSocketServer, identity: number) {
    this.#server = server;
    this.#identity = Buffer.alloc(ADDRESS_BYTES, identity);
    server.on("connection", (socket) => this.#connected(socket));
  }

  /** Listens on a free port, or again on a known one. */
  static async listen(options: { port?: number; identity?: number } = {}): Promise<FakeNymClient> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: options.port ?? 0 });
    await once(server, "listening");
    return new FakeNymClient(server, options.identity ?? 7);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Pushes a message of a tag (32 hex characters), or of no tag. */
  push(tag: string | undefined, message: string | Buffer): void {
    const data = Buffer.from(message);
    const head = Buffer.alloc(2 + (tag === undefined ? 0 : SENDER_TAG_BYTES) + 8);
    head[0] = RESPONSE_TAG.received;
    if (tag !== undefined) {
      head[1] = 1;
      head.write(tag, 2, "hex");
    }
    writeU64(head, data.length, head.length - 8);
    this.pushFrame(Buffer.concat([head, data]));
  }

  /** Pushes any bytes as a frame. */
  pushFrame(frame: Buffer): void {
    if (this.#socket === undefined) throw new Error("nobody is connected");
    this.#socket.send(frame);
  }

  /** Waits until so many replies have been seen in all. */
  async seen(count: number): Promise<readonly SeenReply[]> {
    await this.until(() => this.replies.length >= count);
    return this.replies;
  }

  /** Waits until something that frames, or what follows from them, can change holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.#watchers.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Sends one request and waits for its reply's text. For tests that have one request under way at a time. */
  async ask(tag: string, message: string | Buffer): Promise<string> {
    const before = this.repliesOf(tag).length;
    this.push(tag, message);
    await this.until(() => this.repliesOf(tag).length > before);
    return this.repliesOf(tag)[before]?.message.toString() ?? "";
  }

  repliesOf(tag: string): readonly SeenReply[] {
    return this.replies.filter((reply) => reply.tag === tag);
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Reads nothing more, while what is pushed still goes out. */
  pause(): void {
    this.#socket?.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#socket?.resume();
  }

  /** Cuts the connection without a goodbye. */
  drop(): void {
    this.#socket?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.terminate();
    this.#server.close();
    await once(this.#server, "close");
  }

  #connected(socket: WebSocket): void {
    if (this.#socket !== undefined) return socket.terminate();
    this.#socket = socket;
    socket.on("message", (frame: Buffer) => this.#received(socket, frame));
    socket.on("close", () => {
      this.#socket = undefined;
      this.#changed();
    });
    this.#changed();
  }

  #received(socket: WebSocket, frame: Buffer): void {
    if (frame[0] === REQUEST_TAG.selfAddress) {
      socket.send(Buffer.concat([Buffer.from([RESPONSE_TAG.selfAddress]), this.#identity]));
    } else if (frame[0] === REQUEST_TAG.reply) {
      const lane = readU64(frame, 1 + SENDER_TAG_BYTES);
      const tag = frame.toString("hex", 1, 1 + SENDER_TAG_BYTES);
      this.replies.push({ tag, lane, message: frame.subarray(1 + SENDER_TAG_BYTES + 16) });
      this.#answerLane(socket, lane);
    } else if (frame[0] === REQUEST_TAG.laneQueueLength) {
      this.#answerLane(socket, readU64(frame, 1));
    }
    this.#changed();
  }

  #answerLane(socket: WebSocket, lane: number): void {
    const length = this.laneLength(lane);
    if (length === undefined) return;
    const frame = Buffer.alloc(17);
    frame[0] = RESPONSE_TAG.laneQueueLength;
    writeU64(frame, lane, 1);
    writeU64(frame, length, 9);
    socket.send(frame);
  }

  #changed(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher();
  }
}
