/**
 * A small Nym mixnet in memory, for development, tests and demonstrations: it models what decides whether an
 * application is correct and what it costs. It gives no anonymity whatsoever.
 */
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import type { ClientRequest, ClientResponse } from "../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { type Listener, listenForClient } from "../host/port.js";
import { Agenda } from "./agenda.js";
import { LoopbackClient, type StopKind, type Watcher } from "./client.js";
import type { ClientSnapshot } from "./counters.js";
import { FaultBoard, type FaultChanges, type Faults } from "./faults.js";
import { deriveAddress } from "./identity.js";
import { listenForUsers } from "./listeners.js";
import { Network } from "./network.js";
import { type LoopbackOptions, type Settings, withDefaults } from "./options.js";

export type { LoopbackOptions } from "./options.js";

/** A service client, by name, with its port once it listens. */
export interface ServiceClient {
  readonly name: string;
  readonly address: NymAddress;
}

/** The ports to listen on; 0, which is the default, for any. */
export interface LoopbackPorts {
  /** Of the service clients, in their order. */
  readonly services?: readonly number[];
  readonly users?: number;
  /** Users whose clients also have a port of their own, for applications that cannot choose a path. */
  readonly dedicated?: Readonly<Record<string, number>>;
}

/** Where the mixnet listens. */
export interface LoopbackUrls {
  /** Of the service clients, in their order. */
  readonly services: readonly string[];
  /** The users' port: append `/<name>`. */
  readonly users: string;
  /** The ports of users who have their own. */
  readonly dedicated: Readonly<Record<string, string>>;
}

/** What an application does with a client's answers and pushes, and with the end of the connection. */
export interface AttachHandlers {
  readonly onResponse: (response: ClientResponse) => void;
  readonly onClose?: () => void;
}

/** An application's connection to a client without a WebSocket. */
export interface Attachment {
  readonly address: NymAddress;
  /** Asks the client for something; the answer, if there is one, comes later. After the end it does nothing. */
  send(request: ClientRequest): void;
  close(): void;
}

/** A mixnet that runs. Commands throw an Error for a client that they do not know. */
export interface LoopbackMixnet extends AsyncDisposable {
  /** With the same seed, it makes the same decisions. */
  readonly seed: string;
  readonly services: readonly ServiceClient[];
  /** The address of a client, which need not have run yet. */
  addressOf(client: string): NymAddress;
  /** Opens the ports. */
  listen(ports?: LoopbackPorts): Promise<LoopbackUrls>;
  /** Connects to a client in this process; one that is not known starts. Throws when its only place is taken. */
  attach(client: string, handlers: AttachHandlers): Attachment;
  /** Ends a client's process and starts it again after `downMs` milliseconds. Resolves when it runs. */
  restart(client: string, how: StopKind, downMs?: number): Promise<void>;
  /** Ends a client's process until `start`. */
  stop(client: string, how: StopKind): void;
  start(client: string): void;
  /** Takes a client's gateway away for so many milliseconds; the client runs on, and loses nothing. Resolves when it is back. */
  flapGateway(client: string, downMs: number): Promise<void>;
  /** Changes the faults of one client, or of all that have none of their own. Returns what holds now. */
  faults(changes: FaultChanges, client?: string): Faults;
  /** Cuts a client's socket; the client runs on. Returns whether there was one. */
  dropSocket(client: string): boolean;
  /** Throws away the SURBs that a client holds, of one tag or of all. Returns how many. */
  exhaust(client: string, tag?: SenderTag): number;
  /** The mix nodes change their keys: all SURBs die. */
  rotateKeys(): void;
  /** Looks on at what passes between a client and its application, in the place of who did before. */
  watch(client: string, watcher: Watcher): void;
  /** What every client has sent, received, lost and holds, by name. */
  counters(): Readonly<Record<string, ClientSnapshot>>;
  /** The same of one client. */
  counters(client: string): ClientSnapshot;
  /** Ends it all. */
  close(): Promise<void>;
}

/** Makes a mixnet. Its service clients run at once; a user's client starts when it is first connected to. */
export function createLoopbackMixnet(options: LoopbackOptions = {}): LoopbackMixnet {
  return new Mixnet(withDefaults(options));
}

/** What a user's client may be called: what needs no escape in a path. */
const NAME = /^[\w.~-]{1,64}$/;

class Mixnet implements LoopbackMixnet {
  readonly seed: string;
  readonly services: readonly ServiceClient[];
  readonly #settings: Settings;
  readonly #agenda = new Agenda();
  readonly #network: Network;
  readonly #faults = new FaultBoard();
  readonly #clients = new Map<string, LoopbackClient>();
  readonly #listeners: Listener[] = [];

  constructor(settings: Settings) {
    this.seed = settings.seed;
    this.#settings = settings;
    this.#network = new Network(this.#agenda, settings.seed, settings.gatewayKeepMs);
    this.#faults.change(settings.faults);
    const { id, packetsPerSecond, reserve } = settings;
    this.services = Array.from({ length: settings.services }, (_, index) => {
      const { name, address } = this.#launch(index === 0 ? id : `${id}-${index}`, packetsPerSecond, reserve);
      return { name, address };
    });
  }

  addressOf(client: string): NymAddress {
    return this.#clients.get(client)?.address ?? deriveAddress(this.#settings.identity, client);
  }

  async listen(ports: LoopbackPorts = {}): Promise<LoopbackUrls> {
    const services: string[] = [];
    for (const [index, { name }] of this.services.entries()) {
      services.push(await this.#openFor(this.#client(name), ports.services?.[index] ?? 0));
    }
    const dedicated: Record<string, string> = {};
    for (const [name, port] of Object.entries(ports.dedicated ?? {})) {
      dedicated[name] = await this.#openFor(this.#mustBeUser(name), port);
    }
    const users = await this.#open(listenForUsers((name) => this.#user(name), ports.users ?? 0));
    return { services, users, dedicated };
  }

  attach(name: string, handlers: AttachHandlers): Attachment {
    const client = this.#clients.get(name) ?? this.#mustBeUser(name);
    const seat = client.admit();
    if (seat === undefined) throw new Error("the client refuses the connection");
    let open = true;
    const end = (): void => {
      if (open) queueMicrotask(() => handlers.onClose?.());
      open = false;
    };
    const push = (response: ClientResponse): void => this.#agenda.soon(() => handlers.onResponse(response));
    seat.sit({ push, cut: end });
    return {
      address: client.address,
      send(request) {
        const answer = open ? client.request(owned(request)) : undefined;
        if (answer !== undefined) push(answer);
      },
      close() {
        if (open) seat.leave();
        end();
      },
    };
  }

  restart(client: string, how: StopKind, downMs?: number): Promise<void> {
    return new Promise((resolve) => this.#client(client).restart(how, downMs, resolve));
  }

  stop(client: string, how: StopKind): void {
    this.#client(client).stop(how);
  }

  start(client: string): void {
    this.#client(client).start();
  }

  flapGateway(name: string, downMs: number): Promise<void> {
    const client = this.#client(name);
    client.setGateway(false);
    return new Promise((resolve) => {
      this.#agenda.after(downMs, () => {
        client.setGateway(true);
        resolve();
      });
    });
  }

  faults(changes: FaultChanges, client?: string): Faults {
    if (client !== undefined) this.#client(client);
    this.#faults.change(changes, client);
    for (const each of this.#clients.values()) each.faults = this.#faults.of(each.name);
    return this.#faults.of(client);
  }

  dropSocket(client: string): boolean {
    return this.#client(client).dropSocket();
  }

  exhaust(client: string, tag?: SenderTag): number {
    return this.#client(client).exhaust(tag);
  }

  rotateKeys(): void {
    this.#network.rotateKeys();
  }

  watch(client: string, watcher: Watcher): void {
    this.#client(client).watcher = watcher;
  }

  counters(): Readonly<Record<string, ClientSnapshot>>;
  counters(client: string): ClientSnapshot;
  counters(client?: string): Readonly<Record<string, ClientSnapshot>> | ClientSnapshot {
    const snapshot = (of: LoopbackClient): ClientSnapshot => of.snapshot(this.#network.stored(of.address));
    if (client !== undefined) return snapshot(this.#client(client));
    return Object.fromEntries([...this.#clients].map(([name, each]) => [name, snapshot(each)]));
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.stop("graceful");
    this.#agenda.close();
    await Promise.all(this.#listeners.splice(0).map((listener) => listener[Symbol.asyncDispose]()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #client(name: string): LoopbackClient {
    const client = this.#clients.get(name);
    if (client === undefined) throw new Error("there is no client of that name");
    return client;
  }

  /** A user's client, started if need be; `undefined` for a service client, which has a port of its own, and for no name. */
  #user(name: string): LoopbackClient | undefined {
    if (!NAME.test(name) || this.services.some((service) => service.name === name)) return undefined;
    const { userPacketsPerSecond, userReserve } = this.#settings;
    return this.#clients.get(name) ?? this.#launch(name, userPacketsPerSecond, userReserve);
  }

  #mustBeUser(name: string): LoopbackClient {
    const client = this.#user(name);
    if (client === undefined) throw new Error("a user's name is 1 to 64 letters, digits, or . _ ~ -, and no service's");
    return client;
  }

  /** A port of one client's own goes and comes with its process. */
  async #openFor(client: LoopbackClient, port: number): Promise<string> {
    const opening = listenForClient(client, port);
    const url = await this.#open(opening);
    const listener = await opening;
    client.watchRunning((running) => listener.accept(running));
    return url;
  }

  async #open(opening: Promise<Listener>): Promise<string> {
    const listener = await opening;
    this.#listeners.push(listener);
    return listener.url;
  }

  #launch(name: string, packetsPerSecond: number, reserve: number): LoopbackClient {
    const address = deriveAddress(this.#settings.identity, name);
    const faults = this.#faults.of(name);
    const client = new LoopbackClient(
      { agenda: this.#agenda, network: this.#network },
      { ...this.#settings, name, address, packetsPerSecond, reserve, faults },
    );
    this.#clients.set(name, client);
    this.#network.register(client);
    return client;
  }
}

/** The same request with a message that the caller may reuse. */
function owned(request: ClientRequest): ClientRequest {
  return "message" in request ? { ...request, message: Buffer.from(request.message) } : request;
}
