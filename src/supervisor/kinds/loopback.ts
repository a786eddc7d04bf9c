/** The mixnet in memory: one child process that offers every Nym client of the pool, and those of the users. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OperatorError } from "../../util/operator-error.js";
import { freePorts } from "./free-ports.js";
import type { LaunchPlan, LaunchSettings } from "./kind.js";

const PROGRAM = fileURLToPath(new URL("../../../nym-client/loopback/main.js", import.meta.url));
/** Where demo and chat learn where the mixnet listens, inside the data folder. */
const ANNOUNCEMENT = "loopback.json";

/** One child for the whole pool. A port 0 becomes a free one here, so that a child that comes back comes back there. */
export async function planLoopback({ dataDir, nymClient, loopback }: LaunchSettings): Promise<LaunchPlan> {
  const { pool } = nymClient;
  const wanted = pool.map(({ url }) => Number(new URL(url).port));
  const free = await freePorts(pool.length + 2);
  const services = wanted.every((port) => port === 0) ? free.slice(0, pool.length) : wanted;
  const [users, control] = [loopback.usersPort || free.at(-2), loopback.controlPort || free.at(-1)];
  const [first = 0] = services;
  if (first === 0 || services.some((port, index) => port !== first + index)) {
    throw new OperatorError("ports", "NYM_CLIENT=loopback needs one WEBSOCKET_URL, or several with ports in a row");
  }
  const options: Readonly<Record<string, string | number | undefined>> = {
    "--services": pool.length,
    "--id": pool[0]?.id,
    "--port": first,
    "--users-port": users,
    "--control-port": control,
    "--packets-per-second": loopback.packetsPerSecond === 0 ? "unlimited" : loopback.packetsPerSecond,
    "--seed": loopback.seed,
  };
  return {
    endpoints: services.map((port) => `ws://127.0.0.1:${port}`),
    children: [
      {
        name: "loopback",
        command: process.execPath,
        args: [
          PROGRAM,
          ...Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
        ],
        env: {},
        clients: pool.map((_, index) => index),
        keepsSurbs: false,
        announceTo: join(dataDir, ANNOUNCEMENT),
      },
    ],
  };
}
