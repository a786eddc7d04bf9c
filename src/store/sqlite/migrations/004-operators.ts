/**
 * Version 4: what operators decide. A reserved name is a row of `users` without a user, as a held one is, but with no end
 * to it.
 */
import type { Migration } from "./migration.js";

export const operators: Migration = {
  version: 4,
  up: (db) =>
    void db.exec(`
    ALTER TABLE meta ADD COLUMN registrations_stopped INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX users_by_reservation ON users (id) WHERE name IS NULL AND folded IS NOT NULL AND held_until IS NULL;
  `),
};
