/** What can go wrong with the database as a whole, as codes; the command line turns them into advice. */

/** Why a database could not be opened, migrated, copied or restored. */
export type StoreErrorCode =
  /** Another directory (or a migration, or a restore) is using the database. */
  | "inUse"
  /** The file is not a database of this program. */
  | "foreign"
  /** The database was written by a newer version of this program. */
  | "newer"
  /** The database fails its integrity check. */
  | "damaged"
  /** The file is there already, and would have to be overwritten. */
  | "exists"
  /** There is no such file. */
  | "missing"
  /** Somebody else held a lock on the database for too long. */
  | "busy"
  /** No room is left: on the disk, or within the size that the settings allow. */
  | "full"
  /** The files could not be read or written. */
  | "unavailable"
  /** The thread that writes has ended. */
  | "writerGone"
  /** The program's own list of migrations has a gap. */
  | "migrationGap";

/** An error of the store as a whole. Its message names files, never anything that is stored in them. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}

/** The code for an error that SQLite or the file system threw. */
export function codeOf(error: unknown): StoreErrorCode {
  if (error instanceof StoreError) return error.code;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) return "busy";
  if (code === "SQLITE_FULL" || code === "ENOSPC" || code === "EDQUOT") return "full";
  if (code === "SQLITE_NOTADB") return "foreign";
  if (code.startsWith("SQLITE_CORRUPT")) return "damaged";
  return "unavailable";
}

/** `error` as a `StoreError` about `what`; one that is a `StoreError` already stays as it is. */
export function asStoreError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  return new StoreError(code, `${what}: ${explain(code)}`, error);
}

/** What a code means, as the end of a sentence about a file. */
export function explain(code: StoreErrorCode): string {
  return EXPLANATIONS[code];
}

const EXPLANATIONS: Readonly<Record<StoreErrorCode, string>> = {
  inUse: "another process is using it",
  foreign: "it is not a database of this program",
  newer: "it was written by a newer version of this program",
  damaged: "it is damaged",
  exists: "it exists already",
  missing: "there is no such file",
  busy: "another process kept it locked for too long",
  full: "no room is left",
  unavailable: "it cannot be read or written",
  writerGone: "the thread that writes has ended",
  migrationGap: "the list of migrations has a gap",
};
