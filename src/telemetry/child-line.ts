/** Takes a line of a Nym client's own log apart: its time is dropped, its level and its place in the source are kept. */

/** What a line of a child says; not redacted yet. */
export interface ChildLine {
  /** `warn` for what the child calls an error, or dies of. */
  readonly level: "warn" | "debug";
  /** Where in the child's source it was logged. */
  readonly at: string | undefined;
  readonly text: string;
}

/** `2026-05-16T04:27:52.123456Z  INFO path/file.rs:181: text` and our own programs' `2026-05-16T04:27:52Z info text`. */
const TIMED =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z\s+([A-Za-z]{4,5})\s+(?:([\w./-]{1,200}:\d{1,6}):\s)?(.*)$/;
const COLOUR = /\u001b\[[0-9;]*m/g;
const PANIC = /^thread '.*' .*panicked at ([\w./-]{1,200}:\d{1,6}(?::\d{1,6})?):?$/;
const DYING = /^(?:An error occurred|Error|error):/;

/** A reader of consecutive lines: the message of a panic stands on the line after its place. */
export function createChildLineReader(): (line: string) => ChildLine {
  let panicAt: string | undefined;
  return (raw) => {
    const line = raw.replace(COLOUR, "").trimEnd();
    const timed = TIMED.exec(line);
    if (timed !== null) {
      panicAt = undefined;
      return { level: /^error$/i.test(timed[1] ?? "") ? "warn" : "debug", at: timed[2], text: timed[3] ?? "" };
    }
    const panic = PANIC.exec(line);
    if (panic !== null) {
      panicAt = panic[1];
      return { level: "warn", at: panicAt, text: "panicked" };
    }
    const at = panicAt;
    panicAt = undefined;
    return { level: at !== undefined || DYING.test(line) ? "warn" : "debug", at, text: line.trim() };
  };
}
