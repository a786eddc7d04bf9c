/** Puts a backup in the place of a database: checked first, and swapped in so that a crash leaves the old or the new. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { StoreCounts } from "../store.js";
import { openWriter } from "./connection.js";
import { copyDatabase } from "./copy-database.js";
import { lockDatabase } from "./database-lock.js";
import { asStoreError, codeOf, StoreError } from "./errors.js";
import { createPrivateFile, databasePath, syncFolder } from "./files.js";
import { versionOf } from "./identify.js";
import { migrateDatabase, MIGRATIONS } from "./migrate.js";
import { voidOneTimePrekeys } from "./prekeys.js";
import { prepareReads } from "./reads.js";
import { truncateLog } from "./truncate-log.js";

/** What was restored. */
export interface Restored {
  /** Version of the backup's schema, before it was migrated to this program's. */
  readonly version: number;
  /** The epoch that starts with this restore; greater than any that either database has seen. */
  readonly epoch: number;
  readonly counts: StoreCounts;
}

/**
 * Replaces the database at `path` by the backup `file`. All routes are dropped, since the Nym clients and their users
 * have moved on, one-time prekeys are void, since nobody knows which were given away, and a new epoch starts: what was signed in another is refused, and outcomes stay. Throws a `StoreError`, leaving the old database as it was: `missing`,
 * `inUse`, `foreign`, `newer`, `damaged`, `full` or `unavailable`.
 */
export function restoreBackup(file: string, path: string): Restored {
  const backup = resolve(file);
  if (!existsSync(backup)) throw new StoreError("missing", `${backup} does not exist`);
  try {
    const target = databasePath(path);
    const lock = lockDatabase(target);
    try {
      return replaceDatabase(target, backup);
    } finally {
      lock.release();
    }
  } catch (error) {
    throw asStoreError(error, backup);
  }
}

function replaceDatabase(target: string, backup: string): Restored {
  const fresh = `${target}.restored`;
  removeDatabase(fresh);
  try {
    createPrivateFile(fresh);
    copyDatabase(backup, fresh);
    const restored = startEpoch(fresh, epochAfterClosing(target));
    // The old log would be taken for the new database's.
    removeLog(target);
    renameSync(fresh, target);
    syncFolder(dirname(target));
    return restored;
  } finally {
    removeDatabase(fresh);
  }
}

/** Checks the copy, brings it up to date, and makes it a database with a new epoch, greater than `epoch`. */
function startEpoch(file: string, epoch: number): Restored {
  const db = openWriter(file, 0);
  try {
    const version = versionOf(db);
    if (version === 0) throw new StoreError("foreign", "the backup is empty");
    const sound = db.pragma("integrity_check", { simple: true }) === "ok";
    const broken = db.pragma("foreign_key_check") as unknown[];
    if (!sound || broken.length > 0) throw new StoreError("damaged", "the backup fails its integrity check");
    migrateDatabase(db, MIGRATIONS);
    const begin = db.transaction(() => {
      db.exec("DELETE FROM routes");
      voidOneTimePrekeys(db);
      return db
        .prepare<[number], number>("UPDATE meta SET epoch = max(epoch, ?) + 1 RETURNING epoch")
        .pluck()
        .get(epoch);
    });
    return { version, epoch: Number(begin.immediate()), counts: prepareReads(db).counts() };
  } finally {
    db.close();
  }
}

/** Closes the old database for good, its log moved into it, and says what its epoch was; 0 if there is none to read. */
function epochAfterClosing(file: string): number {
  if (!existsSync(file)) return 0;
  try {
    const db = openWriter(file, 0);
    try {
      if (!truncateLog(db)) throw new StoreError("inUse", `${file} is in use by another process`);
      return versionOf(db) === 0 ? 0 : Number(db.prepare("SELECT epoch FROM meta").pluck().get());
    } finally {
      db.close();
    }
  } catch (error) {
    // A database that cannot be read is a reason to restore one.
    if (codeOf(error) === "damaged") return 0;
    throw error;
  }
}

function removeLog(file: string): void {
  rmSync(`${file}-wal`, { force: true });
  rmSync(`${file}-shm`, { force: true });
}

function removeDatabase(file: string): void {
  rmSync(file, { force: true });
  rmSync(`${file}-journal`, { force: true });
  removeLog(file);
}
