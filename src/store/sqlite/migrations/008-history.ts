/** Version 8: sealed copies of what users sent, each in a slot of its own for as long as its owner can ask for it. */
import type { Migration } from "./migration.js";

export const history: Migration = {
  version: 8,
  up: (db) =>
    void db.exec(`
    -- Slots: see slots.ts. A row is never changed in its size, and deleted only at the end.
    CREATE TABLE copy_slots (
      id INTEGER PRIMARY KEY,
      waiting INTEGER NOT NULL CHECK (waiting IN (0, 1)),
      body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX free_copy_slots ON copy_slots (length(body)) WHERE waiting = 0;

    -- In its slot: the copy, and the id of the request behind it. No reference to the slot, as each deletion of slots would look for it.
    CREATE TABLE copies (
      user INTEGER NOT NULL REFERENCES users,
      sequence INTEGER NOT NULL,
      conversation BLOB NOT NULL CHECK (length(conversation) = 16),
      slot INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      expires INTEGER NOT NULL,
      PRIMARY KEY (user, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX copies_by_conversation ON copies (user, conversation, sequence);
    CREATE INDEX copies_by_expiry ON copies (expires);

    -- One for each user who has kept a copy: the last sequence that was given, and the sums of what is there.
    CREATE TABLE histories (
      user INTEGER PRIMARY KEY REFERENCES users,
      last_sequence INTEGER NOT NULL,
      copies INTEGER NOT NULL,
      bytes INTEGER NOT NULL
    ) STRICT;
  `),
};
