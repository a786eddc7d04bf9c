/** Nym's own WASM client: one child process, with an identity and a port of its own, for each member of the pool. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "./free-ports.js";
import type { LaunchPlan } from "./kind.js";
import type { LaunchSettings } from "./plan.js";

const PROGRAM = fileURLToPath(new URL("../../../nym-client/wasm/main.js", import.meta.url));
/** Where the identities are kept, inside the data folder. */
const FOLDER = "wasm";

/** One child for each pool member. A port 0 becomes a free one here, so that a child that comes back comes back there. */
export async function planWasm({ dataDir, nymClient }: LaunchSettings): Promise<LaunchPlan> {
  const { pool, apis, gateway, mode } = nymClient;
  const free = await freePorts(pool.length);
  const ports = pool.map(({ url }, index) => Number(new URL(url).port) || (free[index] ?? 0));
  return {
    endpoints: ports.map((port) => `ws://127.0.0.1:${port}`),
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
    })),
  };
}
