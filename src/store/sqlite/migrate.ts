/** Brings a database to the version of this program, one ordered step after the other, or says why it must not. */
import type { Connection } from "./connection.js";
import { openWriter } from "./connection.js";
import { lockDatabase } from "./database-lock.js";
import { asStoreError, StoreError } from "./errors.js";
import { createPrivateFile, databasePath } from "./files.js";
import { APPLICATION_ID, versionOf } from "./identify.js";
import { base } from "./migrations/001-base.js";
import { sums } from "./migrations/002-sums.js";
import { outcomes } from "./migrations/003-outcomes.js";
import { operators } from "./migrations/004-operators.js";
import { prekeys } from "./migrations/005-prekeys.js";
import { groups } from "./migrations/006-groups.js";
import { contacts } from "./migrations/007-contacts.js";
import { history } from "./migrations/008-history.js";
import { unheardInvitations } from "./migrations/009-unheard-invitations.js";
import type { Migration } from "./migrations/migration.js";

/** Every migration there is, in order. */
export const MIGRATIONS: readonly Migration[] = [
  base,
  sums,
  outcomes,
  operators,
  prekeys,
  groups,
  contacts,
  history,
  unheardInvitations,
];

/** The versions of a database's schema before and after. 0 is an empty database. */
export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/**
 * Migrates the database at `path` (made if it is missing), which nobody may be using. Throws a `StoreError`: `inUse`,
 * `foreign`, `newer`, `busy`, `full`, `damaged` or `unavailable`.
 */
export function migrate(path: string, busyTimeoutMs: number): Migrated {
  try {
    const file = databasePath(path);
    const lock = lockDatabase(file);
    try {
      return migrateFile(file, busyTimeoutMs);
    } finally {
      lock.release();
    }
  } catch (error) {
    throw asStoreError(error, path);
  }
}

/** As `migrate`, for a file (as `databasePath` gives it) whose lock the caller holds. */
export function migrateFile(file: string, busyTimeoutMs: number): Migrated {
  createPrivateFile(file);
  const db = openWriter(file, busyTimeoutMs);
  try {
    return migrateDatabase(db, MIGRATIONS);
  } finally {
    db.close();
  }
}

/** Runs those of `migrations` that `db` has not seen, each in a transaction. */
export function migrateDatabase(db: Connection, migrations: readonly Migration[]): Migrated {
  const gap = migrations.findIndex((migration, index) => migration.version !== index + 1);
  if (gap !== -1) throw new StoreError("migrationGap", `migration ${gap + 1} is missing`);
  const from = versionOf(db);
  const to = migrations.length;
  if (from > to) throw new StoreError("newer", `the database has version ${from}, this program knows up to ${to}`);
  // A migration that rebuilds a table must not cascade; what it leaves behind is checked before it commits.
  db.pragma("foreign_keys = OFF");
  for (const migration of migrations.slice(from)) {
    const step = db.transaction(() => {
      migration.up(db);
      const broken = db.pragma("foreign_key_check") as unknown[];
      if (broken.length > 0) throw new StoreError("damaged", `migration ${migration.version} would break references`);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${migration.version}`);
    });
    step.immediate();
  }
  db.pragma("foreign_keys = ON");
  return { from, to };
}
