/** SQLite stores in temporary folders, gone with the test. */
import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { StoreFault } from "../../src/store/sqlite/fault.js";
import type { SqliteStoreOptions } from "../../src/store/sqlite/sqlite-store.js";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.js";
import type { Store } from "../../src/store/store.js";

/** An empty folder that is removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-store-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A store of which the test can see the file and the faults. */
export interface OpenedStore {
  readonly store: Store;
  readonly path: string;
  readonly faults: readonly StoreFault[];
}

/** Opens a store, in a new folder unless `path` says where; closes it when the test has finished. */
export async function openStore(options: Partial<SqliteStoreOptions> = {}): Promise<OpenedStore> {
  const path = options.path ?? join(temporaryFolder(), "directory.db");
  const faults: StoreFault[] = [];
  const store = await openSqliteStore({
    quota: undefined,
    busyTimeoutMs: 5_000,
    sweepStep: 500,
    maxBytes: undefined,
    now: Date.now,
    onFault: (fault) => void faults.push(fault),
    ...options,
    path,
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { store, path, faults };
}

/** A connection of its own, as an operator's tool has one; closed when the test has finished. */
export function openDatabase(path: string): Database.Database {
  const db = new Database(path);
  onTestFinished(() => void db.close());
  return db;
}

/** Runs `use` on such a connection, and closes it. */
export function withDatabase<T>(path: string, use: (db: Database.Database) => T): T {
  const db = new Database(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}
