/**
 * What may be told of an error: its class, its code and the place in our own code where it arose. Never its message,
 * which may quote what a stranger sent.
 */

/** The parts of an error that hold no data. */
export interface Failure {
  /** The class, such as `SqliteError`. */
  readonly error: string;
  /** The code, such as `ENOSPC`, if it has one. */
  readonly code?: string;
  /** File and line of our own code on top of the stack. */
  readonly at?: string;
}

const CLASS = /^[A-Z][A-Za-z]{0,39}$/;
const CODE = /^[A-Z][A-Z0-9_]{0,39}$/;
/** Where our own code lies, as stacks name it. */
const ROOT = new URL("../../", import.meta.url).href;
const PLACE = /^[\w./-]{1,80}\.js:\d{1,6}(?=:\d{1,6}\)?$)/;

/** Reduces anything that was thrown to its {@link Failure}. */
export function describeFailure(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const error = CLASS.test(thrown.name) ? thrown.name : "Error";
  const code = "code" in thrown && typeof thrown.code === "string" && CODE.test(thrown.code) ? thrown.code : undefined;
  const at = ownPlace(thrown);
  return { error, ...(code !== undefined && { code }), ...(at !== undefined && { at }) };
}

/** The stack repeats the message, which could imitate a frame: only what follows the message is read. */
function ownPlace(thrown: Error): string | undefined {
  const stack = thrown.stack ?? "";
  const end = stack.indexOf(thrown.message);
  if (end === -1) return undefined;
  const frames = stack.slice(end + thrown.message.length).split("\n");
  const own = frames.find((frame) => frame.includes(ROOT));
  return own === undefined ? undefined : PLACE.exec(own.slice(own.indexOf(ROOT) + ROOT.length))?.[0];
}
