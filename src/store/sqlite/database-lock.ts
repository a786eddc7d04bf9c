/**
 * One directory to a database. The lock is an exclusive transaction on an empty SQLite file beside the database, so it
 * ends with the process that holds it, however that ends, and the file that stays behind means nothing.
 */
import Database from "better-sqlite3";
import { codeOf, StoreError } from "./errors.js";
import { createPrivateFile } from "./files.js";

/** Held until released, or until the process ends. */
export interface DatabaseLock {
  release(): void;
}

/** Takes the lock of the database at `path` (as `databasePath` gives it). Throws `inUse` when somebody has it. */
export function lockDatabase(path: string): DatabaseLock {
  const file = `${path}.lock`;
  createPrivateFile(file);
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.pragma("journal_mode = MEMORY");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (codeOf(error) !== "busy") throw error;
    throw new StoreError("inUse", `${path} is in use by another process`, error);
  }
  return { release: () => void lock.close() };
}
