/** Version 9: which invitations are of somebody whom the invited do not hear, so that those take no room from others'. */
import type { Migration } from "./migration.js";

export const unheardInvitations: Migration = {
  version: 9,
  up: (db) =>
    void db.exec("ALTER TABLE group_members ADD COLUMN silent INTEGER NOT NULL DEFAULT 0 CHECK (silent IN (0, 1))"),
};
