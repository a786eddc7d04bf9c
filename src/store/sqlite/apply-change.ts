/**
 * Changes as SQL. Each checks its precondition in the statement that acts on it and then looks at what the statement
 * did. A change that is not applied may leave half of itself behind: the caller rolls its decision back.
 */
import type { Hour } from "../../util/time.js";
import type { Change } from "../changes.js";
import type { UserId } from "../rows.js";
import type { Connection } from "./connection.js";
import { createMailboxes } from "./mailboxes.js";
import type { MailboxLimits } from "./quota.js";

/** What became of one change. */
export type Verdict = "applied" | "conflict" | "refused";

/** Applies one change at `hour`, within a transaction; ids of new users go to `users`. */
export type ApplyChange = (change: Change, hour: Hour, users: UserId[]) => Verdict;

/** Prepares the statements, once for a connection. */
export function prepareChanges(db: Connection, limits: MailboxLimits): ApplyChange {
  const mailboxes = createMailboxes(db, limits);
  const insertUser = db.prepare(`
    INSERT INTO users (folded, name, algorithm, key, created) VALUES (?, ?, ?, ?, ?) ON CONFLICT (folded) DO NOTHING`);
  const countUser = db.prepare("UPDATE totals SET users = users + 1");
  const logKey = db.prepare("INSERT INTO key_log (user, sequence, algorithm, key, signature) VALUES (?, 1, ?, ?, ?)");
  // REPLACE takes away both the user's old route and whoever's route had this tag: the newest signature has it.
  const moveRoute = db.prepare(`
    INSERT OR REPLACE INTO routes (user, client, incarnation, tag, expires)
    SELECT id, ?, ?, ?, ? FROM users WHERE id = ? AND key_version = ?`);
  const checkKey = db.prepare("SELECT 1 FROM users WHERE id = ? AND key_version = ?").pluck();
  // Most of the time there is nothing to put off, since times are whole hours: then no page is written.
  const refreshRoute = db.prepare(`
    UPDATE routes SET incarnation = max(incarnation, ?), expires = max(expires, ?)
    WHERE user = ? AND client = ? AND tag = ? AND expires >= ? AND (incarnation < ? OR expires < ?)`);
  const rememberReplay = db.prepare("INSERT INTO replays (digest, expires) VALUES (?, ?) ON CONFLICT DO NOTHING");

  return (change, hour, users) => {
    switch (change.kind) {
      case "insertUser": {
        const { name, folded, algorithm, key, signature, created, route } = change;
        const inserted = insertUser.run(folded, name, algorithm, key, created);
        if (inserted.changes === 0) return "conflict";
        const user = Number(inserted.lastInsertRowid) as UserId;
        countUser.run();
        logKey.run(user, algorithm, key, signature);
        moveRoute.run(route.client, route.incarnation, tagBytes(route.tag), change.routeExpires, user, 1);
        users.push(user);
        return "applied";
      }
      case "moveRoute": {
        const { user, keyVersion, route, expires } = change;
        const moved = moveRoute.run(route.client, route.incarnation, tagBytes(route.tag), expires, user, keyVersion);
        return moved.changes === 0 ? "conflict" : "applied";
      }
      case "refreshRoute": {
        const { user, keyVersion, route, expires } = change;
        if (checkKey.get(user, keyVersion) === undefined) return "conflict";
        const { client, incarnation, tag } = route;
        refreshRoute.run(incarnation, expires, user, client, tagBytes(tag), hour, incarnation, expires);
        return "applied";
      }
      case "rememberReplay":
        return rememberReplay.run(change.digest, change.expires).changes === 0 ? "conflict" : "applied";
      case "storeMessage":
        return mailboxes.store(change);
      case "eraseDeliveries":
        for (const sequence of change.sequences) mailboxes.erase(change.recipient, sequence);
        return "applied";
    }
  };
}

function tagBytes(tag: string): Buffer {
  return Buffer.from(tag, "hex");
}
