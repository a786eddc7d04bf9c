/**
 * Version 2: what is known again (replays), and the sums that bound a mailbox. A mailbox's last sequence outlives its
 * messages, so that a sequence is never given twice. The sums of what goes are kept by triggers, because rows go in
 * many ways: acknowledged, expired, or with their user.
 */
import type { Migration } from "./migration.js";

export const sums: Migration = {
  version: 2,
  up: (db) =>
    void db.exec(`
    -- In the order of arrival: only the digest's index is written to at random.
    CREATE TABLE replays (
      row INTEGER PRIMARY KEY,
      digest BLOB NOT NULL UNIQUE,
      expires INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX replays_by_expiry ON replays (expires);

    CREATE TABLE mailboxes (
      user INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
      last_sequence INTEGER NOT NULL,
      messages INTEGER NOT NULL,
      bytes INTEGER NOT NULL
    ) STRICT;
    INSERT INTO mailboxes (user, last_sequence, messages, bytes)
      SELECT recipient, max(sequence), count(*), sum(bytes) FROM deliveries GROUP BY recipient;

    CREATE TABLE mailbox_origins (
      user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
      origin BLOB NOT NULL,
      messages INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      PRIMARY KEY (user, origin)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO mailbox_origins (user, origin, messages, bytes)
      SELECT recipient, origin, count(*), sum(bytes) FROM deliveries GROUP BY recipient, origin;

    CREATE TABLE totals (
      row INTEGER PRIMARY KEY CHECK (row = 1),
      users INTEGER NOT NULL,
      deliveries INTEGER NOT NULL,
      payload_bytes INTEGER NOT NULL
    ) STRICT;
    INSERT INTO totals (row, users, deliveries, payload_bytes) VALUES (
      1,
      (SELECT count(*) FROM users),
      (SELECT count(*) FROM deliveries),
      (SELECT coalesce(sum(bytes), 0) FROM (SELECT max(bytes) AS bytes FROM deliveries GROUP BY payload))
    );

    CREATE TRIGGER user_gone AFTER DELETE ON users BEGIN
      UPDATE totals SET users = users - 1;
    END;
    CREATE TRIGGER delivery_gone AFTER DELETE ON deliveries BEGIN
      UPDATE mailboxes SET messages = messages - 1, bytes = bytes - OLD.bytes WHERE user = OLD.recipient;
      UPDATE mailbox_origins SET messages = messages - 1, bytes = bytes - OLD.bytes
        WHERE user = OLD.recipient AND origin = OLD.origin;
      DELETE FROM mailbox_origins WHERE user = OLD.recipient AND origin = OLD.origin AND messages = 0;
      UPDATE totals SET deliveries = deliveries - 1;
    END;
    CREATE TRIGGER payload_done AFTER DELETE ON deliveries
    WHEN NOT EXISTS (SELECT 1 FROM deliveries WHERE payload = OLD.payload) BEGIN
      UPDATE payloads SET waiting = 0, body = zeroblob(length(body)) WHERE id = OLD.payload;
      UPDATE totals SET payload_bytes = payload_bytes - OLD.bytes;
    END;
  `),
};
