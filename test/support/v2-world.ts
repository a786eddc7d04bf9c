/** The directory as its operator runs it, on a mixnet in this process that outlives it and counts its packets. */
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { LoopbackOptions } from "../../nym-client/loopback/options.js";
import { type DirectoryProcess, startDirectory } from "./directory.js";
import { type Places, V2User } from "./v2-user.js";

export interface V2World extends AsyncDisposable {
  /** Where users find the mixnet and the directory. */
  readonly places: Places;
  readonly mixnet: LoopbackMixnet;
  readonly process: DirectoryProcess;
  /** A v2 user at a Nym client of the same name, not registered yet. */
  user(name: string): Promise<V2User>;
  /** Users who are registered. */
  users(...names: readonly string[]): Promise<V2User[]>;
  /** Ends the directory, and starts it again with the same data. */
  again(signal: NodeJS.Signals): Promise<void>;
}

/** The name of the directory's Nym client. */
export const SERVICE = "nym-directory";

/** Starts a world. */
export async function startV2World(
  env: Readonly<Record<string, string>> = {},
  options: LoopbackOptions = {},
): Promise<V2World> {
  const mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, restartMs: 5, ...options });
  const urls = await mixnet.listen();
  const settings = {
    NYM_CLIENT: "external",
    WEBSOCKET_URL: urls.services[0] ?? "",
    LANE_POLL_MS: "20",
    LIVENESS_EVERY_SECONDS: "0",
    ...env,
  };
  const places = { users: urls.users, directory: mixnet.addressOf(SERVICE) };
  const users: V2User[] = [];
  let running = await startDirectory({ env: settings });
  const world: V2World = {
    mixnet,
    users: async (...names) => {
      const made = await Promise.all(names.map((name) => world.user(name)));
      for (const user of made) {
        const { result } = await user.register({ surbs: 2 });
        if (result !== "ok") throw new Error(`a registration was answered ${result}`);
      }
      return made;
    },
    get process() {
      return running;
    },
    places,
    async user(name) {
      const user = await V2User.connect(name, places);
      users.push(user);
      return user;
    },
    async again(signal) {
      await running.stop(signal);
      running = await startDirectory({ env: settings, dataDir: running.dataDir });
    },
    async [Symbol.asyncDispose]() {
      for (const user of users) await user[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      await mixnet.close();
    },
  };
  return world;
}
