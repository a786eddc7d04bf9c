/** A loopback mixnet in this process, a fake directory on it, and clients: what tests of the client library work with. */
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { LoopbackOptions } from "../../nym-client/loopback/options.js";
import type { ClientEvent } from "../../src/client/client-event.js";
import type { DirectoryClientOptions } from "../../src/client/client-options.js";
import { type ClientStore, createMemoryClientStore } from "../../src/client/client-store.js";
import { connectToDirectory, type DirectoryClient } from "../../src/client/directory-client.js";
import type { IncomingMessage } from "../../src/client/incoming.js";
import { newKeyPair } from "../../src/client/keys.js";
import { createLoopbackTransport } from "../../src/client/loopback-transport.js";
import type { KeyPair } from "../../src/protocol/v1/key-pair.js";
import { type FakeDirectory, startFakeDirectory } from "./fake-directory.js";

/** A client, and what it had to tell. */
export interface TestClient {
  readonly client: DirectoryClient;
  readonly keys: KeyPair;
  readonly store: ClientStore;
  readonly events: ClientEvent[];
  /** The next message that comes in. */
  next(): Promise<IncomingMessage>;
  /** All texts that have come in and were not taken by `next`, so far. */
  readonly inbox: IncomingMessage[];
}

export interface ClientNetwork extends AsyncDisposable {
  readonly mixnet: LoopbackMixnet;
  readonly directory: FakeDirectory;
  /** Connects the Nym client `name` to the directory. */
  connect(name: string, options?: Partial<DirectoryClientOptions>, store?: ClientStore): Promise<TestClient>;
}

/** Long enough that on a busy machine nothing is repeated by mistake. */
const FAST = { answerTimeout: 1_500, retries: 5, retryPause: 5, strayLifetime: 5_000 };

/** A network whose only faults are those that are asked for. */
export function createClientNetwork(options: LoopbackOptions = {}): ClientNetwork {
  const mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, restartMs: 20, ...options });
  const directory = startFakeDirectory(mixnet);
  const clients: DirectoryClient[] = [];
  return {
    mixnet,
    directory,
    async connect(name, overrides = {}, store = createMemoryClientStore()) {
      const events: ClientEvent[] = [];
      const transport = createLoopbackTransport(mixnet, name, { reconnect: [5, 20] });
      const client = await connectToDirectory(
        { transport, store, observe: (event) => void events.push(event) },
        { directory: directory.address, ...FAST, ...overrides },
      );
      clients.push(client);
      const inbox: IncomingMessage[] = [];
      const readers: ((message: IncomingMessage) => void)[] = [];
      void (async () => {
        for await (const message of client.messages()) {
          const reader = readers.shift();
          if (reader === undefined) inbox.push(message);
          else reader(message);
        }
      })();
      return {
        client,
        keys: (await newKeyPair()).keyPair,
        store,
        events,
        inbox,
        next: () => {
          const waiting = inbox.shift();
          return waiting === undefined ? new Promise((resolve) => readers.push(resolve)) : Promise.resolve(waiting);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      directory.close();
      await mixnet.close();
    },
  };
}
