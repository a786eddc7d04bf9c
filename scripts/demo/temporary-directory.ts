/** The real directory program, on a loopback mixnet and with data that are gone afterwards. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { findLocalDirectory, type LocalDirectory } from "../local-directory.js";

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

/** Packets of one client of the mixnet. */
export interface Packets {
  readonly sent: number;
  readonly received: number;
}

/** A directory that serves. */
export interface TemporaryDirectory extends LocalDirectory, AsyncDisposable {
  /** Packets with data of a client of the mixnet, so far. */
  packets(client: string): Promise<Packets>;
  /** The names of the files on its disk in which `text` stands. */
  filesWith(text: string): Promise<string[]>;
  /** What it has logged. */
  log(): Promise<string>;
}

/** Starts a directory and waits until it serves. */
export async function startTemporaryDirectory(): Promise<TemporaryDirectory> {
  const folder = await mkdtemp(join(tmpdir(), "nym-directory-demo-"));
  const child = spawn(process.execPath, [MAIN, "run"], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      DATA_DIR: folder,
      NYM_CLIENT: "loopback",
      WEBSOCKET_URL: "ws://127.0.0.1:0",
      LOOPBACK_USERS_PORT: "0",
      LOOPBACK_CONTROL_PORT: "0",
      SCRYPT_LOG2_N: "10",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let words = "";
  child.stderr.on("data", (data: Buffer) => (words += data.toString()));
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGINT");
      await ended;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const found = await findLocalDirectory({ dataDir: folder });
    if (found !== undefined && words.includes("directory started")) return withInsights(found, folder, stop);
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the directory did not start:\n${words}`);
    }
    await sleep(POLL_MS);
  }
}

function withInsights(found: LocalDirectory, folder: string, stop: () => Promise<void>): TemporaryDirectory {
  return {
    ...found,
    async packets(client) {
      const { sent, received } = (await command(found.control, { command: "counters", client })) as {
        sent: { data: number };
        received: { data: number };
      };
      return { sent: sent.data, received: received.data };
    },
    async filesWith(text) {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))));
      return files.filter((_, index) => contents[index]?.includes(text) === true).map(({ name }) => name);
    },
    log: () => readFile(join(folder, "app.log"), "utf8"),
    [Symbol.asyncDispose]: stop,
  };
}

/** Has the mixnet do something; resolves with what comes of it. */
async function command(url: string, request: object): Promise<unknown> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  socket.send(JSON.stringify(request));
  const [data] = (await once(socket, "message")) as [Buffer];
  socket.close();
  const answer = JSON.parse(data.toString()) as { ok: boolean; result?: unknown; error?: string };
  if (!answer.ok) throw new Error(answer.error);
  return answer.result;
}
