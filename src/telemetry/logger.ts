/**
 * The one place where a log is made: lines for people on stderr and in a rotating file. Whatever an event brings, its
 * values pass the redaction here.
 */
import { Writable } from "node:stream";
import winston from "winston";
import { describeFailure } from "./failure.js";
import { LOG_LEVELS, type LogLevel } from "./level.js";
import { redact } from "./redact.js";
import { RotatingFile } from "./rotating-file.js";

/** What an event says besides its name. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one line. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

export interface LoggerOptions {
  /** The quietest level that is written. */
  readonly level: LogLevel;
  /** Whether lines go to stderr. */
  readonly console: boolean;
  readonly file?: {
    readonly path: string;
    /** Size in bytes at which a new file is begun. */
    readonly maxBytes: number;
    /** Files that are kept, with the one that is written. */
    readonly maxFiles: number;
    /** Milliseconds after which a file that could not be written is tried again (default one minute). */
    readonly retryMs?: number;
  };
}

export interface Logger {
  readonly log: Log;
  /** Waits until every line is written, and closes the file. */
  close(): Promise<void>;
}

/** Makes the log. Neither a closed stderr nor a disk that refuses the file ever reaches the caller. */
export function createLogger(options: LoggerOptions): Logger {
  const file =
    options.file &&
    new RotatingFile({
      retryMs: 60_000,
      ...options.file,
      onFailure: (error) => log("warn", "log file unwritable", { ...describeFailure(error) }),
    });
  const logger = winston.createLogger({
    level: options.level,
    levels: Object.fromEntries(LOG_LEVELS.map((level, index) => [level, index])),
    format: winston.format.printf(({ level, message, fields }) =>
      formatLine(new Date(), level, String(message), fields as LogFields),
    ),
    silent: !options.console && file === undefined,
    transports: [
      ...(options.console ? [new winston.transports.Console({ stderrLevels: [...LOG_LEVELS], eol: "\n" })] : []),
      ...(file ? [new winston.transports.Stream({ stream: writableOf(file), eol: "\n" })] : []),
    ],
  });
  const log: Log = (level, event, fields = {}) => void logger.log({ level, message: event, fields });
  const ignore = (): void => undefined;
  if (options.console) process.stderr.on("error", ignore);

  return {
    log,
    async close() {
      await new Promise((resolve) => logger.once("finish", resolve).end());
      await file?.close();
      process.stderr.off("error", ignore);
    },
  };
}

/** `2026-05-16T04:27:52Z info directory started clients=1`. */
export function formatLine(time: Date, level: string, event: string, fields: LogFields): string {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${typeof value === "string" ? formatText(value) : String(value)}`],
  );
  return [`${time.toISOString().slice(0, 19)}Z`, level, event, ...parts].join(" ");
}

function formatText(text: string): string {
  const clean = redact(text);
  return /^[\w.:/[\]-]+$/.test(clean) ? clean : JSON.stringify(clean);
}

function writableOf(file: RotatingFile): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      file.append(line);
      done();
    },
  });
}
