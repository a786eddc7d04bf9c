/** A v1 user at a Nym client of the loopback mixnet, over a real WebSocket, who attaches two SURBs to each request. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { decodeResponse, encodeRequest } from "../../src/protocol/nym-client/binary.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import { SEEN } from "./seen.js";
import { envelope, nonceOf, query, type V1Envelope, V1User } from "./v1-user.js";

/** How many SURBs a request brings: one for its reply, and one that may stay. */
const SURBS = 2;

export class LoopbackUser {
  readonly name: string;
  /** Bodies of all messages that came. */
  readonly messages: string[] = [];
  readonly #user: V1User;
  readonly #socket: WebSocket;
  readonly #directory: NymAddress;
  #answers: ((answer: V1Envelope) => void)[] = [];

  constructor(name: string, socket: WebSocket, directory: NymAddress) {
    this.name = name;
    this.#user = new V1User(name);
    this.#socket = socket;
    this.#directory = directory;
    socket.on("message", (data: Buffer) => {
      const response = decodeResponse(data);
      if (response?.type === "received") this.#take(envelope(response.message.toString()));
    });
  }

  /** Connects the Nym client `name` at the users' port, to talk to the directory at `address`. */
  static async connect(name: string, users: string, address: string): Promise<LoopbackUser> {
    const socket = new WebSocket(`${users}/${name}`);
    await once(socket, "open");
    SEEN.address(address);
    return new LoopbackUser(name, socket, address as NymAddress);
  }

  /** PEM. */
  get publicKey(): string {
    return this.#user.publicKey;
  }

  /** The first request of a registration. */
  registering(): string {
    return this.#user.register();
  }

  async register(): Promise<string> {
    const challenge = await this.ask(this.#user.register());
    return (await this.ask(this.#user.registrationResponse(nonceOf(challenge)))).content;
  }

  async login(): Promise<string> {
    const challenge = await this.ask(this.#user.login());
    return (await this.ask(this.#user.loginResponse(nonceOf(challenge)))).content;
  }

  async lookUp(name: string): Promise<string> {
    return (await this.ask(query(name))).content;
  }

  async send(recipient: string, body: string): Promise<string> {
    return (await this.ask(this.#user.send(recipient, JSON.stringify(body)))).content;
  }

  /** Sends one request, and waits for its answer. */
  ask(message: string): Promise<V1Envelope> {
    return new Promise((resolve) => {
      this.#answers.push(resolve);
      const request = {
        type: "sendAnonymous",
        recipient: this.#directory,
        replySurbs: SURBS,
        lane: undefined,
      } as const;
      this.#socket.send(encodeRequest({ ...request, message: Buffer.from(message) }));
    });
  }

  close(): void {
    this.#socket.close();
  }

  #take(answer: V1Envelope): void {
    if (answer.action !== "incomingMessage") return this.#answers.shift()?.(answer);
    this.messages.push((JSON.parse(answer.content) as { body: string }).body);
  }
}
