/** Version 5: prekeys, each in a slot of its own from when it is published until nobody can ask for it any more. */
import type { Migration } from "./migration.js";

export const prekeys: Migration = {
  version: 5,
  up: (db) =>
    void db.exec(`
    -- Slots: see slots.ts. A row is never changed in its size, and deleted only at the end.
    CREATE TABLE prekey_slots (
      id INTEGER PRIMARY KEY,
      waiting INTEGER NOT NULL CHECK (waiting IN (0, 1)),
      body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX free_prekey_slots ON prekey_slots (length(body)) WHERE waiting = 0;

    -- In its slot: the key, and its signature behind it. No reference to the slot, as each deletion of slots would look for it.
    CREATE TABLE prekeys (
      user INTEGER NOT NULL REFERENCES users,
      -- 0: signed, 1: last resort, 2: one-time.
      kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),
      id INTEGER NOT NULL,
      slot INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      PRIMARY KEY (user, kind, id)
    ) STRICT, WITHOUT ROWID;

    -- What was taken of a user's, for as long as the request that took it can be repeated.
    CREATE TABLE taken_prekeys (
      outcome BLOB NOT NULL PRIMARY KEY CHECK (length(outcome) = 16),
      user INTEGER NOT NULL REFERENCES users,
      id INTEGER NOT NULL,
      slot INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX taken_prekeys_by_user ON taken_prekeys (user);
    CREATE INDEX taken_prekeys_by_expiry ON taken_prekeys (expires);

    -- One for each user who has published.
    CREATE TABLE prekey_supplies (
      user INTEGER PRIMARY KEY REFERENCES users,
      -- The hour in which prekeys were last taken, and how many in it.
      hour INTEGER NOT NULL,
      taken INTEGER NOT NULL,
      by_strangers INTEGER NOT NULL,
      -- Whether the user was told that few are left, since they published.
      told INTEGER NOT NULL CHECK (told IN (0, 1))
    ) STRICT;
  `),
};
