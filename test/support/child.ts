/** Children of a test: programs under `fixtures/`, ended with the test, whose lines can be waited for. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A child, and the lines that it has printed. */
export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly lines: readonly string[];
  /** Resolves when it has printed `count` lines; rejects when it ends before. */
  printed(count: number): Promise<void>;
  /** Kills it with SIGKILL, and resolves when it is gone and all its lines have been read. */
  kill(): Promise<void>;
}

/** Starts `fixtures/<name>.mjs`. */
export function startFixture(name: string, ...args: string[]): Child {
  return follow(spawn(process.execPath, [scriptOf(name), ...args]));
}

/** Starts it in a shell that has run `setup` before. */
export function startFixtureUnder(setup: string, name: string, ...args: string[]): Child {
  return follow(spawn("sh", ["-c", `${setup}; exec "$@"`, "sh", process.execPath, scriptOf(name), ...args]));
}

function scriptOf(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.mjs`, import.meta.url));
}

function follow(child: ChildProcessWithoutNullStreams): Child {
  const lines: string[] = [];
  const closed = once(child, "close");
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const reader = createInterface(child.stdout).on("line", (line) => void lines.push(line));
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
  };
  onTestFinished(kill);
  return {
    process: child,
    lines,
    async printed(count) {
      while (lines.length < count) {
        const ended = await Promise.race([once(reader, "line").then(() => false), closed.then(() => true)]);
        if (ended && lines.length < count) throw new Error(`the child has ended: ${errors}`);
      }
    },
    kill,
  };
}
