/**
 * Version 3: outcomes of requests, receipts, keys that change, and users who go. Rows that hold names and keys are only
 * appended, and never grow: see `widths.ts`.
 */
import type { Migration } from "./migration.js";

export const outcomes: Migration = {
  version: 3,
  up: (db) =>
    void db.exec(`
    -- A row is never deleted, so that an id never becomes another's. Of a user who is gone nothing is left in it but the
    -- folded name, until nobody has to be kept from it any more.
    CREATE TABLE users_3 (
      id INTEGER PRIMARY KEY,
      folded TEXT,
      name TEXT,
      algorithm TEXT CHECK (algorithm IN ('p256', 'ed25519')),
      key BLOB,
      -- Counts from 2^24.
      key_version INTEGER NOT NULL,
      -- 44 zero bytes: none.
      recovery_key BLOB,
      held_until INTEGER
    ) STRICT;
    INSERT INTO users_3 (id, folded, name, algorithm, key, key_version, recovery_key)
      SELECT id, folded, name, algorithm, key, key_version + 16777216, zeroblob(44) FROM users ORDER BY id;

    CREATE TABLE key_log_3 (
      row INTEGER PRIMARY KEY,
      user INTEGER REFERENCES users,
      sequence INTEGER,
      by TEXT CHECK (by IN ('registration', 'rotation', 'recovery')),
      at INTEGER,
      algorithm TEXT,
      key BLOB,
      signature BLOB,
      -- What is in force with this version of the key.
      recovery_key BLOB
    ) STRICT;
    INSERT INTO key_log_3 (user, sequence, by, at, algorithm, key, signature)
      SELECT user, sequence, 'registration', created, key_log.algorithm, key_log.key, signature
      FROM key_log JOIN users ON users.id = user ORDER BY user, sequence;

    DROP TABLE key_log;
    DROP TABLE users;
    ALTER TABLE users_3 RENAME TO users;
    ALTER TABLE key_log_3 RENAME TO key_log;
    CREATE UNIQUE INDEX users_by_name ON users (folded);
    CREATE INDEX users_by_hold ON users (held_until) WHERE held_until IS NOT NULL;
    CREATE UNIQUE INDEX key_log_by_user ON key_log (user, sequence);

    -- In the order of arrival, as replays are.
    CREATE TABLE outcomes (
      row INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      digest BLOB NOT NULL CHECK (length(digest) = 16),
      -- Counts from 256.
      code INTEGER NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX outcomes_by_expiry ON outcomes (expires);

    -- Whether names have ended that may still be read in the unused part of the index: see scrub.ts.
    ALTER TABLE meta ADD COLUMN names_left INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailboxes ADD COLUMN full_since INTEGER;

    -- What goes is taken off the sums by who erases it, many at a time.
    DROP TRIGGER delivery_gone;
    DROP TRIGGER payload_done;
  `),
};
