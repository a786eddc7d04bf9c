/** A process under measurement: the directory or one of the floors, started on a nym-client port of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openNymClient, type BenchNymClient } from "./nym-client.js";
import { processStats, type ProcessStats } from "./process-stats.js";

/** What can be measured: ours, "just Node", and the transport alone. */
export const TARGETS = ["directory", "bare", "echo"] as const;
/** `v2`: the floor of a `send` of v2. */
export type TargetName = (typeof TARGETS)[number] | "v2";

const START_MS = 60_000;
const STOP_MS = 30_000;
const FLOOR = fileURLToPath(new URL("floor.js", import.meta.url));
const DIRECTORY = fileURLToPath(new URL("../../src/main.js", import.meta.url));

/** A started process, connected to its Nym client. */
export interface Target {
  readonly name: TargetName;
  readonly nymClient: BenchNymClient;
  stats(): Promise<ProcessStats>;
  /** Ends it; throws when it does not end well. */
  stop(): Promise<void>;
}

/** How fast the Nym client of a target sends. */
export interface TargetOptions {
  /** Packets that leave the Nym client; without it, all at once. */
  readonly packetsPerSecond?: number | undefined;
}

/** Starts a target whose files lie in a folder of its name under `folder`, which need not be there; `nodeFlags` go to a directory's Node only. */
export async function startTarget(
  name: TargetName,
  folder: string,
  nodeFlags: readonly string[],
  { packetsPerSecond }: TargetOptions = {},
): Promise<Target> {
  const home = join(folder, name);
  await mkdir(home, { recursive: true });
  const nymClient = await openNymClient(packetsPerSecond);
  const child = spawn(process.execPath, commandLine(name, nymClient.url, home, nodeFlags), {
    cwd: home,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env["PATH"],
      NYM_CLIENT: "external",
      WEBSOCKET_URL: nymClient.url,
      DATA_DIR: home,
      LIMITS: "off",
      LOG_LEVEL: "warn",
    },
  });
  const lastWords = keepTail(child);
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`${name} ended early (${String(code ?? signal)}): ${lastWords()}`);
  });
  ended.catch(() => undefined);
  await Promise.race([nymClient.connected, ended, tooLate(START_MS, `${name} did not connect`)]);

  return {
    name,
    nymClient,
    stats: () => processStats(child.pid ?? 0),
    async stop() {
      const exit = child.exitCode === null ? once(child, "exit") : Promise.resolve([child.exitCode]);
      if (name === "directory") child.kill("SIGTERM");
      else await nymClient[Symbol.asyncDispose]();
      const [code] = (await Promise.race([exit, tooLate(STOP_MS, `${name} did not stop`)])) as [number | null];
      if (name === "directory") await nymClient[Symbol.asyncDispose]();
      if (code !== 0) throw new Error(`${name} ended with ${String(code)}: ${lastWords()}`);
    },
  };
}

/** How fast this machine signs, verifies and commits, each on its own for `seconds`. */
export async function measurePrimitives(folder: string, seconds: number): Promise<unknown> {
  const child = spawn(process.execPath, [FLOOR, "primitives", join(folder, "primitives.sqlite"), String(seconds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(child, "close");
  return JSON.parse(text);
}

function commandLine(name: TargetName, url: string, home: string, nodeFlags: readonly string[]): string[] {
  switch (name) {
    case "directory":
      return [...nodeFlags, DIRECTORY, "run"];
    case "bare":
      return [FLOOR, "bare", url, join(home, "floor.sqlite")];
    case "v2":
      return [FLOOR, "v2", url, join(home, "floor.sqlite")];
    case "echo":
      return [FLOOR, "echo", url];
  }
}

function keepTail(child: ChildProcess): () => string {
  let tail = "";
  child.stderr?.on("data", (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-2_000)));
  return () => tail;
}

function tooLate(ms: number, message: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(message)), ms).unref());
}
