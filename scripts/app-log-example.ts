/**
 * Writes `app.log.example` from a real run: a directory on a loopback mixnet is started, two users chat through it, its
 * Nym client is killed and comes back, and it is stopped. Times are replaced by made-up ones, so that the file changes
 * only when the log does. `npm run app-log`; with `--print` the text goes to stdout instead.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  connectToDirectory,
  createWebSocketTransport,
  newKeyPair,
  type DirectoryClient,
} from "../src/client/client.js";
import { openReader } from "../src/store/sqlite/connection.js";
import { prepareReads } from "../src/store/sqlite/reads.js";
import { findLocalDirectory } from "./local-directory.js";

const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));
const EXAMPLE = new URL("../../app.log.example", import.meta.url);
const PATIENCE_MS = 60_000;
const POLL_MS = 20;
/** Made-up times: each line comes so much after the one before. */
const FIRST_LINE = Date.parse("2026-01-01T00:00:00Z");
const LINE_STEP_MS = 1_000;

const SETTINGS = {
  NYM_CLIENT: "loopback",
  WEBSOCKET_URL: "ws://127.0.0.1:0",
  LOOPBACK_USERS_PORT: "0",
  LOOPBACK_CONTROL_PORT: "0",
  RESTART_MIN_SECONDS: "0.1",
  SCRYPT_LOG2_N: "10",
};

const example = normalised(await logOfARun());
if (process.argv.includes("--print")) process.stdout.write(example);
else await writeFile(EXAMPLE, example);

/** The log file of a directory that was started, used, hurt and stopped. */
async function logOfARun(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nym-directory-log-"));
  const child = spawn(process.execPath, [MAIN, "run"], {
    cwd: folder,
    env: { PATH: process.env["PATH"], DATA_DIR: folder, ...SETTINGS },
    stdio: "ignore",
  });
  try {
    await logged(folder, "directory started", 1);
    await chat(folder);
    await handedOver(folder);
    process.kill((await readJson<{ pid: number }>(join(folder, "run", "loopback.json"))).pid, "SIGKILL");
    await logged(folder, "bridge opened", 2);
    const exit = once(child, "exit");
    child.kill("SIGINT");
    await exit;
    return await readFile(join(folder, "app.log"), "utf8");
  } finally {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Two users register, find each other and write to each other. */
async function chat(folder: string): Promise<void> {
  const found = await findLocalDirectory({ dataDir: folder });
  if (found === undefined) throw new Error("the directory is not to be found");
  const { users, addresses: directory } = found;
  await using alice = await connect("alice");
  await using bob = await connect("bob");
  await say(alice, "bob", bob);
  await say(bob, "alice", alice);

  async function connect(name: string): Promise<DirectoryClient> {
    const transport = createWebSocketTransport({ url: `${users}/${name}` });
    const client = await connectToDirectory({ transport }, { directory });
    await client.register(name, (await newKeyPair()).keyPair);
    return client;
  }
}

async function say(from: DirectoryClient, to: string, recipient: DirectoryClient): Promise<void> {
  const received = recipient.messages()[Symbol.asyncIterator]().next();
  await from.send(to, "hello");
  await received;
}

/** Waits until the log has `count` lines that say this. */
async function logged(folder: string, event: string, count: number): Promise<void> {
  await until(`the log to say "${event}"`, async () => {
    const log = await readFile(join(folder, "app.log"), "utf8").catch(() => "");
    return log.split(event).length > count;
  });
}

/** Waits until no message is left in the database: a little after its recipient has it. */
async function handedOver(folder: string): Promise<void> {
  const connection = openReader(join(folder, "directory.db"));
  const reads = prepareReads(connection);
  await until("the messages to be handed over", () => reads.counts().deliveries === 0);
  connection.close();
}

async function until(what: string, reached: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await reached());) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(POLL_MS);
  }
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, "utf8")) as T;
}

/** The log with made-up times and durations. */
function normalised(log: string): string {
  return log.replace(/Ms=\d+/g, "Ms=100").replace(/^\S+Z(?= )/gm, timesFrom(FIRST_LINE));
}

function timesFrom(first: number): () => string {
  let next = first;
  return () => {
    const time = new Date(next).toISOString();
    next += LINE_STEP_MS;
    return `${time.slice(0, 19)}Z`;
  };
}
