/** The directory under measurement with a pool of Nym clients, on a loopback mixnet of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";

const DIRECTORY = fileURLToPath(new URL("../../src/main.js", import.meta.url));
const START_MS = 60_000;
const POLL_MS = 50;

/** A directory that serves. */
export interface Pool extends AsyncDisposable {
  /** In pool order. */
  readonly addresses: readonly NymAddress[];
  /** Where users' Nym clients are: append `/<name>`. */
  readonly users: string;
}

/** Starts a directory whose files lie in `home`, and waits until all of its Nym clients serve. Disposing of it ends it. */
export async function startPool(home: string, clients: number, packetsPerSecond: number): Promise<Pool> {
  const child = spawn(process.execPath, [DIRECTORY, "run"], {
    cwd: home,
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"],
      NYM_CLIENT: "loopback",
      NYM_CLIENTS: String(clients),
      WEBSOCKET_URL: "ws://127.0.0.1:0",
      LOOPBACK_USERS_PORT: "0",
      LOOPBACK_CONTROL_PORT: "0",
      LOOPBACK_PACKETS_PER_SECOND: String(packetsPerSecond),
      DATA_DIR: home,
      LOG_LEVEL: "error",
    },
  });
  const exited = once(child, "exit");
  const deadline = performance.now() + START_MS;
  for (;;) {
    const [addresses, users] = await Promise.all([readAddresses(home), readUsers(home)]);
    if (addresses.length === clients && users !== undefined) {
      return {
        addresses,
        users,
        async [Symbol.asyncDispose]() {
          child.kill("SIGINT");
          await exited;
        },
      };
    }
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error("the directory does not serve");
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function readAddresses(home: string): Promise<NymAddress[]> {
  const text = await readFile(join(home, "addresses"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "") as NymAddress[];
}

async function readUsers(home: string): Promise<string | undefined> {
  const text = await readFile(join(home, "loopback.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { users: string }).users;
}
