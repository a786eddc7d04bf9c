/**
 * One running child process, in a process group of its own and without core dumps. It is launched in two steps, so that
 * its pid can be recorded before it does anything; its standard input stays open for as long as we live.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { ChildSpec } from "./kinds/kind.js";
import { signalGroup } from "./signal-group.js";

/** The shell reads its line byte by byte and leaves the rest of the input to the program, as POSIX demands of `read`. */
const LAUNCHER = 'ulimit -c 0 && IFS= read -r _ && exec "$@"';
/** How long output may stay open after the exit, held by someone who left the group, in milliseconds. */
const OUTPUT_LINGER_MS = 1_000;

/** How a child ended. */
export interface Exit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface ChildHandlers {
  /** It is gone, and its group with it. */
  onExit(exit: Exit): void;
  /** It never was. */
  onFailure(error: Error): void;
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
  /** After the exit: no more output. */
  onClose(): void;
}

/** Running children, which are asked to exit should this process exit without having stopped them. */
const running = new Set<Child>();

function interruptRunning(): void {
  for (const child of running) child.interrupt();
}

export class Child {
  readonly #process: ChildProcess;
  #exited = false;

  /** Launches the program up to the point where it waits for {@link Child.proceed}. */
  constructor(spec: Pick<ChildSpec, "command" | "args" | "env">, handlers: ChildHandlers) {
    const child: ChildProcess = spawn("/bin/sh", ["-c", LAUNCHER, "sh", spec.command, ...spec.args], {
      detached: true,
      env: spec.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#process = child;
    const ignore = (): void => undefined;
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on("error", ignore);
    child.stdout?.on("data", (chunk: Buffer) => handlers.onStdout(chunk));
    child.stderr?.on("data", (chunk: Buffer) => handlers.onStderr(chunk));
    child.once("error", (error) => {
      if (child.pid === undefined) handlers.onFailure(error);
    });
    if (child.pid === undefined) return;

    if (running.size === 0) process.on("exit", interruptRunning);
    running.add(this);
    child.once("exit", (code, signal) => {
      this.#exited = true;
      running.delete(this);
      if (running.size === 0) process.off("exit", interruptRunning);
      signalGroup(this.#pid, "SIGKILL");
      const linger = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, OUTPUT_LINGER_MS);
      child.once("close", () => clearTimeout(linger));
      handlers.onExit({ code: code ?? undefined, signal: signal ?? undefined });
    });
    child.once("close", () => handlers.onClose());
  }

  /** `undefined` if it could not be launched. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Lets the program begin. */
  proceed(): void {
    this.#process.stdin?.write("\n");
  }

  /** Asks the child, and what it started, to exit. */
  interrupt(): void {
    if (!this.#exited) signalGroup(this.#pid, "SIGINT");
  }

  /** Kills the child and what it started. */
  kill(): void {
    if (!this.#exited) signalGroup(this.#pid, "SIGKILL");
  }

  get #pid(): number {
    if (this.#process.pid === undefined) throw new TypeError("the child was not launched");
    return this.#process.pid;
  }
}
