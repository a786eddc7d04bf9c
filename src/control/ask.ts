/** Asks a running directory, as its operator. */
import { connect } from "node:net";
import { OperatorError } from "../util/operator-error.js";
import { takeLines } from "./lines.js";
import { type ControlRequest, CONTROL_VERSION, MAX_LINE_BYTES, parseAnswer, statusReport } from "./protocol.js";
import type { StatusReport } from "./protocol.js";
import type * as z from "zod";

/** How long an answer may take: a change waits until the disk has it. */
const ANSWER_MS = 60_000;

/** Nobody answers at the socket: no directory runs there. */
export class NotRunningError extends OperatorError {
  override readonly name = "NotRunningError";

  constructor(path: string) {
    super("not-running", `no directory runs that answers at ${path}`);
  }
}

/** The directory runs, and something in it failed. */
export class FailedError extends OperatorError {
  override readonly name = "FailedError";

  constructor() {
    super("failed", "the directory that runs could not answer: its log may say why");
  }
}

/** The status of the directory whose socket is at `path`. Throws as `askDirectory` does. */
export function askStatus(path: string): Promise<StatusReport> {
  return askDirectory(path, { command: "status" }, statusReport);
}

/**
 * What the directory whose socket is at `path` answers, in the form of `schema`. Throws `NotRunningError`, `FailedError`, or
 * an `OperatorError` for no proper answer.
 */
export async function askDirectory<Report>(
  path: string,
  request: ControlRequest,
  schema: z.ZodType<Report>,
): Promise<Report> {
  const answer = parseAnswer(await ask(path, JSON.stringify({ v: CONTROL_VERSION, ...request })));
  if (answer?.ok === false && answer.error === "failed") throw new FailedError();
  if (answer?.ok !== true) throw notUnderstood(answer?.error);
  const { data } = schema.safeParse(answer.result);
  if (data === undefined) throw notUnderstood("malformed");
  return data;
}

function notUnderstood(why = "version"): OperatorError {
  return new OperatorError("control", `the directory that runs did not understand (${why}): is it of this version?`);
}

function ask(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(ANSWER_MS, () => fail(new OperatorError("control", `no answer at ${path}`)));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const absent = error.code === "ENOENT" || error.code === "ECONNREFUSED";
      fail(absent ? new NotRunningError(path) : new OperatorError("control", `${path}: ${error.code ?? "failed"}`));
    });
    socket.on("close", () => fail(new NotRunningError(path)));
    const answered = (answer: string): void => {
      resolve(answer);
      socket.end();
    };
    socket.on("data", takeLines(MAX_LINE_BYTES, { line: answered, tooLong: () => fail(notUnderstood("malformed")) }));
    socket.write(`${line}\n`);
  });
}
