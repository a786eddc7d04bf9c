/** Nym's own WASM client: one child process, with an identity and a port of its own, for each member of the pool. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LaunchPlan, LaunchSettings } from "./kind.js";
import { listeningPlaces, mustBeFree } from "./places.js";

const PROGRAM = fileURLToPath(new URL("../../../nym-client/wasm/main.js", import.meta.url));
/** Where the identities are kept, inside the data folder. */
const FOLDER = "wasm";
/** The only place where it listens. */
const HOST = "127.0.0.1";

/** One child for each pool member, at the port of its URL. */
export async function planWasm({ dataDir, nymClient }: LaunchSettings): Promise<LaunchPlan> {
  const { pool, apis, gateway, mode } = nymClient;
  const ports = (await listeningPlaces(pool.map(({ url }) => url))).map(({ port }) => port);
  return {
    endpoints: ports.map((port) => `ws://${HOST}:${port}`),
    children: pool.map(({ id }, index) => ({
      name: `wasm-${index}`,
      command: process.execPath,
      args: [
        PROGRAM,
        `--id=${id}`,
        `--port=${ports[index] ?? 0}`,
        `--identity=${join(dataDir, FOLDER, `${id}.json`)}`,
        `--mode=${mode}`,
        ...(apis ?? []).map((url) => `--nym-api=${url}`),
        ...(gateway === undefined ? [] : [`--gateway=${gateway}`]),
      ],
      env: {},
      clients: [index],
      keepsSurbs: false,
      check: () => mustBeFree({ host: HOST, port: ports[index] ?? 0 }),
    })),
  };
}
