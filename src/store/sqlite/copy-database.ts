/** A consistent copy of a database that may be in use, as one file. */
import Database from "better-sqlite3";
import { openReader } from "./connection.js";

/**
 * Copies the database `from` over the empty file `to`. Reads one snapshot throughout: without it, SQLite would begin
 * anew after each commit of another connection, and never end on a busy directory.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const source = openReader(from);
  try {
    source.exec("BEGIN; SELECT 1 FROM sqlite_schema");
    await source.backup(to);
  } finally {
    source.close();
  }
  const copy = new Database(to, { fileMustExist: true });
  try {
    // Without a log of its own a copy is one file, and can be read from a medium that is read-only.
    copy.pragma("journal_mode = DELETE");
  } finally {
    copy.close();
  }
}
