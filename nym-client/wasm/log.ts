/** What the program and the module within it say: lines on stderr with time and level, in the form that the directory's log takes in. */
import { format } from "node:util";

/** Level of a line. */
export type Level = "debug" | "info" | "warn" | "error";

/** Writes one line, or several. */
export function say(level: Level, text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${level} ${text}\n`);
}

/** Sends what the module says on the console the same way: stdout is not for it. */
export function takeOverConsole(): void {
  const at =
    (level: Level) =>
    (...values: readonly unknown[]): void =>
      say(level, format(...values));
  Object.assign(globalThis.console, {
    debug: at("debug"),
    log: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  });
}
