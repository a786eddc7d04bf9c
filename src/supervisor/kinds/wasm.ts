/** Nym's own WASM client: one child process, with an identity and a port of its own, for each member of the pool. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LaunchPlan } from "./kind.js";
import type { LaunchSettings } from "./plan.js";

const PROGRAM = fileURLToPath(new URL("../../../nym-client/wasm/main.js", import.meta.url));
/** Where the identities are kept, inside the data folder. */
const FOLDER = "wasm";

/** One child for each pool member, at the port of its URL. */
export function planWasm({ dataDir, nymClient }: LaunchSettings): LaunchPlan {
  const { pool, apis, gateway, mode } = nymClient;
  const ports = pool.map(({ url }) => new URL(url).port || "80");
  return {
    endpoints: ports.map((port) => `ws://127.0.0.1:${port}`),
    children: pool.map(({ id }, index) => ({
      name: `wasm-${index}`,
      command: process.execPath,
      args: [
        PROGRAM,
        `--id=${id}`,
        `--port=${ports[index] ?? ""}`,
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
