/**
 * Version 6: groups. Their rows are numbers and the random id; what can be read (profiles, entries of the log) lies in the
 * slots of `payloads`, which are overwritten where they are.
 */
import type { Migration } from "./migration.js";

export const groups: Migration = {
  version: 6,
  up: (db) =>
    void db.exec(`
    CREATE TABLE groups (
      row INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      sequence INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      members INTEGER NOT NULL,
      invited INTEGER NOT NULL,
      asking INTEGER NOT NULL,
      -- A slot, and the bytes of it that count.
      profile INTEGER NOT NULL,
      profile_bytes INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE group_members (
      grp INTEGER NOT NULL REFERENCES groups,
      user INTEGER NOT NULL REFERENCES users,
      -- The sequence with which they came: one for each.
      since INTEGER NOT NULL,
      standing TEXT NOT NULL CHECK (standing IN ('member', 'announcer', 'admin', 'owner', 'invited', 'asking')),
      PRIMARY KEY (grp, user)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX group_members_by_arrival ON group_members (grp, since);
    CREATE INDEX group_members_by_user ON group_members (user);

    -- A place that a user who is gone had to do with has nothing but its sequence.
    CREATE TABLE group_log (
      grp INTEGER NOT NULL REFERENCES groups,
      sequence INTEGER NOT NULL,
      actor INTEGER REFERENCES users,
      key_version INTEGER,
      subject INTEGER REFERENCES users,
      -- A slot, and the bytes of it that count.
      entry INTEGER,
      bytes INTEGER,
      PRIMARY KEY (grp, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX group_log_by_actor ON group_log (actor) WHERE actor IS NOT NULL;
    CREATE INDEX group_log_by_subject ON group_log (subject) WHERE subject IS NOT NULL;
  `),
};
