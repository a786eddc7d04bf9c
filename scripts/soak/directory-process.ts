/** The directory as its operator runs it: a process, which is ended by kill -9 and by nothing else. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { TestedDirectory } from "./directory.js";
import { environmentOf, type SoakSettings } from "./settings.js";

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));
const START_MS = 60_000;
/** Whoever ends this process does not leave theirs behind. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** A directory whose process has not been started yet. */
export function createDirectoryProcess(settings: SoakSettings): TestedDirectory {
  let child: ChildProcess | undefined;

  async function kill(): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, "exit");
    ending.kill("SIGKILL");
    await gone;
  }

  return {
    async start() {
      const starting = spawn(process.execPath, [MAIN, "run"], {
        cwd: settings.folder,
        env: { PATH: process.env["PATH"], ...environmentOf(settings) },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = starting;
      running.add(starting.once("exit", () => running.delete(starting)));
      await served(starting);
    },
    stop: kill,
    sweep: () => Promise.resolve(),
    [Symbol.asyncDispose]: kill,
  };
}

/** Resolves when the process has told its address, or was killed meanwhile; rejects when it ends by itself. */
function served(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = "";
    const late = setTimeout(() => reject(new Error(`the directory did not start: ${words}`)), START_MS);
    child.stderr?.on("data", (data: Buffer) => (words = (words + data.toString()).slice(-2_000)));
    child.stdout?.on("data", (data: Buffer) => {
      if (data.includes("@")) end(resolve);
    });
    child.once("exit", (code, signal) => {
      end(() => (signal === "SIGKILL" ? resolve() : reject(new Error(`the directory ended with ${code}: ${words}`))));
    });
    const end = (settle: () => void): void => {
      clearTimeout(late);
      settle();
    };
  });
}
