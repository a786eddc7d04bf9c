/** The real directory, as its operator starts it: a child process of the compiled program, with data of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { SEEN } from "./seen.js";

const MAIN = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));

export interface DirectoryOptions {
  /** Settings besides DATA_DIR. */
  readonly env: Readonly<Record<string, string>>;
  /** Data of an earlier run. */
  readonly dataDir?: string;
}

export class DirectoryProcess implements AsyncDisposable {
  readonly dataDir: string;
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #exited: Promise<unknown>;

  constructor(dataDir: string, child: ChildProcess) {
    this.dataDir = dataDir;
    this.child = child;
    child.stdout?.on("data", (data: Buffer) => (this.stdout += data.toString()));
    child.stderr?.on("data", (data: Buffer) => (this.stderr += data.toString()));
    this.#exited = once(child, "exit");
  }

  /** The addresses that the directory announces. */
  async addresses(): Promise<string[]> {
    return (await readFile(join(this.dataDir, "addresses"), "utf8")).split("\n").filter((line) => line !== "");
  }

  /** Sends a signal, and waits for the exit code (or the name of the signal that ended it). */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | string> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.#exited;
    return this.child.exitCode ?? this.child.signalCode ?? "unknown";
  }

  /** Waits until the process has ended by itself. */
  async exitCode(): Promise<number | string> {
    await this.#exited;
    return this.child.exitCode ?? this.child.signalCode ?? "unknown";
  }

  /** Waits until stdout or stderr holds this. */
  async says(text: string | RegExp): Promise<void> {
    while (this.stdout.concat(this.stderr).search(text) < 0) {
      if (this.child.exitCode !== null)
        throw new Error(`the directory ended with ${this.child.exitCode}: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The log on the disk. */
  async log(): Promise<string> {
    return readFile(join(this.dataDir, "app.log"), "utf8").catch(() => "");
  }

  /** Kills what still runs, looks for what the log may not hold, and removes the data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    const [log, addresses] = await Promise.all([this.log(), this.addresses().catch(() => [])]);
    for (const address of addresses) SEEN.address(address);
    await rm(this.dataDir, { recursive: true, force: true });
    expect(SEEN.leaks({ stderr: this.stderr, log })).toEqual([]);
  }
}

/** Starts `nym-directory run` and waits until it serves, unless told otherwise. */
export async function startDirectory(options: DirectoryOptions, untilReady = true): Promise<DirectoryProcess> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "nym-directory-")));
  const child = spawn(process.execPath, [MAIN, "run"], {
    cwd: dataDir,
    env: {
      PATH: process.env["PATH"],
      HOME: dataDir,
      DATA_DIR: dataDir,
      SCRYPT_LOG2_N: "10",
      LOG_LEVEL: "debug",
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const directory = new DirectoryProcess(dataDir, child);
  if (untilReady) await directory.says(/@/);
  return directory;
}
