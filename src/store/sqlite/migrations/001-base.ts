/** Version 1: users and their keys, routes, and messages that wait. Times are hours since 1970. */
import type { Migration } from "./migration.js";

export const base: Migration = {
  version: 1,
  up: (db) =>
    void db.exec(`
    -- The epoch grows with every restore of a backup.
    CREATE TABLE meta (
      row INTEGER PRIMARY KEY CHECK (row = 1),
      epoch INTEGER NOT NULL
    ) STRICT;
    INSERT INTO meta (row, epoch) VALUES (1, 1);

    -- AUTOINCREMENT: the id of a user who is gone never becomes another's.
    CREATE TABLE users (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      folded TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      algorithm TEXT NOT NULL CHECK (algorithm IN ('p256', 'ed25519')),
      key BLOB NOT NULL,
      key_version INTEGER NOT NULL DEFAULT 1,
      recovery_key BLOB,
      created INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE key_log (
      user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
      sequence INTEGER NOT NULL,
      algorithm TEXT NOT NULL,
      key BLOB NOT NULL,
      signature BLOB NOT NULL,
      PRIMARY KEY (user, sequence)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE routes (
      user INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
      client TEXT NOT NULL,
      incarnation INTEGER NOT NULL,
      tag BLOB NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX routes_by_tag ON routes (client, tag);
    CREATE INDEX routes_by_expiry ON routes (expires);

    -- Slots: see slots.ts. A row is never deleted and never changes its size.
    CREATE TABLE payloads (
      id INTEGER PRIMARY KEY,
      waiting INTEGER NOT NULL CHECK (waiting IN (0, 1)),
      body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX free_slots ON payloads (length(body)) WHERE waiting = 0;

    CREATE TABLE deliveries (
      recipient INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
      sequence INTEGER NOT NULL,
      payload INTEGER NOT NULL REFERENCES payloads,
      bytes INTEGER NOT NULL,
      origin BLOB NOT NULL CHECK (length(origin) <= 16),
      expires INTEGER NOT NULL,
      PRIMARY KEY (recipient, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX deliveries_by_payload ON deliveries (payload);
    -- With the payload, which grows, the index is written to at its end.
    CREATE INDEX deliveries_by_expiry ON deliveries (expires, payload);
  `),
};
