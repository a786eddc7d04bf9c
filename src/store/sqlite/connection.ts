/** Connections to the database file, each with the settings that durability, erasure and privacy ask for. */
import Database from "better-sqlite3";
import { versionOf } from "./identify.js";

/** A connection to the database. */
export type Connection = Database.Database;

/** A reader meets a lock only while the files are being opened or recovered by another process, and never for long. */
const READ_TIMEOUT_MS = 100;
/** Pages of log (4 kB each) after which they are moved to the database file. Fewer cost throughput, more cost disk. */
const CHECKPOINT_PAGES = 4000;

/**
 * Opens the database (or an empty file) to write: every commit is on the disk when it returns, and what is erased is overwritten.
 * `busyTimeoutMs`: how long to wait for a lock that another process holds.
 */
export function openWriter(path: string, busyTimeoutMs: number): Connection {
  return open(path, { timeout: busyTimeoutMs, fileMustExist: true }, (db) => {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("secure_delete = ON");
    db.pragma("foreign_keys = ON");
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  });
}

/** Opens the database to read. Another's write lock never makes it wait: the log keeps the state before. */
export function openReader(path: string): Connection {
  return open(path, { timeout: READ_TIMEOUT_MS, readonly: true, fileMustExist: true }, () => undefined);
}

function open(path: string, options: Database.Options, configure: (db: Connection) => void): Connection {
  let db: Connection | undefined;
  try {
    db = new Database(path, options);
    // First of all, so that somebody else's database is not even switched to another journal.
    versionOf(db);
    // What spills from a transaction would otherwise go to a temporary file, and be erased by nobody.
    db.pragma("temp_store = MEMORY");
    db.pragma("trusted_schema = OFF");
    configure(db);
    return db;
  } catch (error) {
    db?.close();
    throw error;
  }
}
