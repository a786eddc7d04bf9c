/** A raw v2 user at a Nym client of the loopback mixnet, over a real WebSocket: nothing of the client library between. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { RawUser } from "../../scripts/v2-user/raw-user.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import { decodeResponse, encodeRequest } from "../../src/protocol/nym-client/binary.js";
import { userName } from "../../src/protocol/v2/names.js";
import type { Item } from "../../src/protocol/v2/reply.js";
import type { RequestId, SequenceRange } from "../../src/protocol/v2/terms.js";
import { SEEN, seeName, seeText } from "./seen.js";
import { until } from "./until.js";

/** Where a user finds the mixnet and the directory. */
export interface Places {
  /** Where the mixnet offers users' Nym clients. */
  readonly users: string;
  /** The directory's Nym address. */
  readonly directory: string;
}

const PATIENCE_MS = 2_000;

/** The name; throws for what is none. */
export function named(name: string): NonNullable<ReturnType<typeof userName>> {
  const found = userName(name);
  if (found === undefined) throw new Error("that is no name");
  return found;
}

export class V2User extends RawUser implements AsyncDisposable {
  /** Everything that has come, in the order in which it came, each as often as it came. */
  readonly pushed: Item[] = [];
  readonly fetched: Item[] = [];
  readonly #places: Places;
  readonly #end: AbortController;
  #socket: WebSocket | undefined;

  constructor(name: string, places: Places) {
    const end = new AbortController();
    super(
      { name: named(name), recovery: true },
      {
        ...{ clock: Date.now, random: Math.random, signal: end.signal },
        items: (items, way) => void (way === "push" ? this.pushed : this.fetched).push(...items),
      },
      { patience: PATIENCE_MS },
    );
    this.#places = places;
    this.#end = end;
    seeName(name);
    SEEN.address(places.directory);
    SEEN.key(Buffer.from(this.keys.publicKey));
  }

  /** A user at their own Nym client, not registered yet. */
  static async connect(name: string, places: Places): Promise<V2User> {
    const user = new V2User(name, places);
    await user.connect();
    return user;
  }

  /** Connects to the user's Nym client, again after that was restarted. */
  async connect(): Promise<void> {
    const socket = await until(async () => {
      const opening = new WebSocket(`${this.#places.users}/${this.name}`);
      await once(opening, "open");
      return opening;
    });
    socket.on("message", (data: Buffer) => {
      const response = decodeResponse(data);
      if (response?.type === "received") this.receive(response.message);
    });
    socket.on("close", () => (this.link = undefined));
    this.#socket = socket;
    const recipient = this.#places.directory as NymAddress;
    this.link = {
      send: (message, replySurbs) =>
        socket.send(encodeRequest({ type: "sendAnonymous", recipient, replySurbs, lane: undefined, message })),
      close: () => socket.close(),
    };
  }

  /** Leaves a message; the result, and the id by which it is known. */
  async send(
    to: string,
    text: string | Buffer,
    {
      receipt = false,
      hours,
      surbs = 2,
      id,
    }: { receipt?: boolean; hours?: number; surbs?: number; id?: RequestId } = {},
  ): Promise<{ readonly result: string; readonly id: RequestId }> {
    if (typeof text === "string") seeText(text);
    const sent = id ?? newRequestId();
    const body = { recipient: named(to), body: Buffer.from(text), receipt, ...(hours !== undefined && { hours }) };
    const { result } = await this.ask("send", body, { surbs, id: sent });
    return { result, id: sent };
  }

  /** The items above `after`. */
  async fetch(after = 0, packets = 4): Promise<readonly Item[]> {
    const reply = await this.ask("fetch", { after, packets }, { surbs: packets + 1 });
    if (reply.result !== "ok") throw new Error(`fetch was answered ${reply.result}`);
    return reply.answer.items;
  }

  /** Acknowledges these sequences, which are ascending. */
  async acknowledge(...sequences: readonly number[]): Promise<void> {
    const ranges: SequenceRange[] = sequences.map((sequence) => ({ first: sequence, last: sequence }));
    const { result } = await this.ask("ack", { ranges });
    if (result !== "ok") throw new Error(`ack was answered ${result}`);
  }

  /** Waits until so many items were pushed in all. */
  async got(count: number): Promise<readonly Item[]> {
    await until(() => this.pushed.length >= count);
    return this.pushed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    this.#socket?.close();
    return Promise.resolve();
  }
}

function newRequestId(): RequestId {
  return crypto.getRandomValues(new Uint8Array(16)) as RequestId;
}
