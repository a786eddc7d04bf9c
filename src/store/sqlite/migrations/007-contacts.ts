/**
 * Version 7: contacts, who may write to whom, and what is counted of messages that nobody wants. Rows of contacts are
 * never deleted and never change their size, so that no copy of one stays in an unused part of a page.
 */
import type { Migration } from "./migration.js";

export const contacts: Migration = {
  version: 7,
  up: (db) =>
    void db.exec(`
    CREATE TABLE contacts (
      row INTEGER PRIMARY KEY,
      -- Whose list it is in. Users count from 2^40 here; 2^40 itself: the row is free, and other is 2^40 + row.
      user INTEGER NOT NULL,
      other INTEGER NOT NULL,
      -- The place in the list; counts from 2^16.
      slot INTEGER NOT NULL,
      -- 16 + the number of the relation, and 4 more for a block.
      state INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      -- Of requests; 2^23 - 1: never.
      expires INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX contacts_by_user ON contacts (user, other);
    CREATE INDEX contacts_by_other ON contacts (other);
    CREATE INDEX contacts_by_expiry ON contacts (expires) WHERE expires < 8388607;

    CREATE TABLE contact_policies (
      user INTEGER PRIMARY KEY REFERENCES users,
      policy INTEGER NOT NULL
    ) STRICT;

    -- Whether contacts have ended that may still be read in the unused part of an index: see scrub.ts.
    ALTER TABLE meta ADD COLUMN contacts_left INTEGER NOT NULL DEFAULT 0;

    -- Of the sums of a mailbox, what contacts have sent.
    ALTER TABLE mailboxes ADD COLUMN contact_messages INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailboxes ADD COLUMN contact_bytes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE deliveries ADD COLUMN contact INTEGER NOT NULL DEFAULT 0;

    -- Messages that were refused for want of consent: what they would take, and nothing of what they said.
    CREATE TABLE phantoms (
      row INTEGER PRIMARY KEY,
      recipient INTEGER NOT NULL REFERENCES users,
      origin BLOB NOT NULL CHECK (length(origin) <= 16),
      -- What is to be done when it expires: see settlement.ts.
      payload INTEGER NOT NULL REFERENCES payloads,
      bytes INTEGER NOT NULL,
      -- 1: a contact would have sent it.
      contact INTEGER NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX phantoms_by_recipient ON phantoms (recipient);
    CREATE INDEX phantoms_by_payload ON phantoms (payload);
    CREATE INDEX phantoms_by_expiry ON phantoms (expires);
    -- What the phantoms of one recipient take together. In mailbox_origins they are counted among the messages of their origin.
    CREATE TABLE phantom_sums (
      user INTEGER PRIMARY KEY REFERENCES users,
      messages INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      contact_messages INTEGER NOT NULL,
      contact_bytes INTEGER NOT NULL
    ) STRICT;
  `),
};
