/** Something that a child's program has to do before it can be launched: it runs to its end, and its output is handed over. */
import type { ChildLog } from "../telemetry/child-log.js";
import { Child, type Exit } from "./child.js";
import type { ChildSpec } from "./kinds/kind.js";

/** What is kept of the standard output, in bytes. */
const MAX_OUTPUT_BYTES = 65_536;

/** A step that did not succeed. */
export class StepFailedError extends Error {
  override readonly name = "StepFailedError";
  /** A fixed word: what was tried. */
  readonly step: string;
  readonly exit: Exit;

  constructor(step: string, exit: Exit = { code: undefined, signal: undefined }) {
    super(`the step "${step}" failed`);
    this.step = step;
    this.exit = exit;
  }
}

export interface StepHandlers {
  /** It is launched, and waits for {@link Child.proceed}. */
  onLaunch(child: Child, pid: number): void;
  onExit(exit: Exit): void;
}

/**
 * Runs the program of `spec` with `args`, whose first is the step's name. Resolves with the first 64 KiB of its standard
 * output, which is logged only when the step fails; standard error always is. Rejects with {@link StepFailedError}, or
 * with the system's error when it cannot be launched.
 */
export function runStep(
  spec: Pick<ChildSpec, "command" | "env">,
  args: readonly string[],
  log: ChildLog,
  handlers: StepHandlers,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const stderr = log.stream();
    const kept: Buffer[] = [];
    let room = MAX_OUTPUT_BYTES;
    let ended: Exit | undefined;
    const child = new Child(
      { ...spec, args },
      {
        onExit(exit) {
          ended = exit;
          handlers.onExit(exit);
        },
        onFailure: reject,
        onStdout(chunk) {
          kept.push(chunk.subarray(0, room));
          room -= Math.min(room, chunk.length);
        },
        onStderr: (chunk) => stderr.write(chunk),
        onClose() {
          stderr.end();
          const output = Buffer.concat(kept);
          if (ended?.code === 0) {
            resolve(output.toString("utf8"));
            return;
          }
          const stdout = log.stream();
          stdout.write(output);
          stdout.end();
          reject(new StepFailedError(args[0] ?? "", ended));
        },
      },
    );
    if (child.pid !== undefined) handlers.onLaunch(child, child.pid);
  });
}
