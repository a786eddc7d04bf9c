/** The program of nym-client/wasm as a child: the one that ships, or the one whose engine is a client of a loopback mixnet. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LivenessOptions } from "../../nym-client/wasm/liveness.js";

const FIXTURE = fileURLToPath(new URL("../fixtures/wasm/host.mjs", import.meta.url));
const MAIN = fileURLToPath(new URL("../../dist/nym-client/wasm/main.js", import.meta.url));

/** What a test may change in the program. */
export interface HostOptions {
  readonly liveness?: LivenessOptions;
  /** Something that is thrown once it serves, with nobody to catch it. */
  readonly throws?: { readonly message: string; readonly afterMs: number };
}

/** The command line of the program over the loopback client at `url`. */
export function loopbackHostArguments(url: string, port: number, options: HostOptions = {}): string[] {
  return [FIXTURE, url, String(port), JSON.stringify(options)];
}

/** A running program. */
export interface HostProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  /** Where it serves, once it does. */
  readonly url: () => Promise<string>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Runs the program over the loopback client at `url`. */
export function runLoopbackHost(url: string, options: HostOptions = {}, port = 0): HostProcess {
  return run(loopbackHostArguments(url, port, options));
}

/** Runs the program that ships. */
export function runWasmHost(...args: readonly string[]): HostProcess {
  return run([MAIN, "--port=0", ...args]);
}

function run(args: readonly string[]): HostProcess {
  const child = spawn(process.execPath, args, { env: {}, stdio: ["pipe", "ignore", "pipe"] });
  let stderr = "";
  const found = new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      const url = /serving on (ws:\S+)/.exec(stderr)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once("close", () => reject(new Error(`it ended before it served: ${stderr}`)));
  });
  found.catch(() => undefined);
  const ended = once(child, "close").then(() => child.exitCode ?? child.signalCode ?? "unknown");
  return {
    child,
    stderr: () => stderr,
    url: () => found,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
