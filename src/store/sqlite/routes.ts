/** Routes as SQL. */
import type { SenderTag } from "../../protocol/nym-client/sender-tag.js";
import type { Hour } from "../../util/time.js";
import type { Route } from "../rows.js";
import type { UserId } from "../identifiers.js";
import type { Connection } from "./connection.js";

/** The statements of routes, for the connection that writes. Whoever calls them has checked the user's key. */
export interface Routes {
  /** Ends the user's old route, and that of any other user with this tag. */
  move(user: UserId, route: Route, expires: Hour): void;
  /** As the change `refreshRoute`. */
  refresh(user: UserId, route: Route, expires: Hour, hour: Hour): void;
  end(user: UserId): void;
}

/** Prepares the statements. */
export function prepareRoutes(db: Connection): Routes {
  // REPLACE takes away both the user's old route and whoever's route had this tag: the newest signature has it.
  const move = db.prepare<[UserId, string, number, Buffer, Hour]>(
    "INSERT OR REPLACE INTO routes (user, client, incarnation, tag, expires) VALUES (?, ?, ?, ?, ?)",
  );
  // Most of the time there is nothing to put off, since times are whole hours: then it is cheaper only to have looked.
  const outdated = db
    .prepare<[UserId, string, Buffer, Hour, number, Hour], 1>(
      `SELECT 1 FROM routes
       WHERE user = ? AND client = ? AND tag = ? AND expires >= ? AND (incarnation < ? OR expires < ?)`,
    )
    .pluck();
  const refresh = db.prepare<[number, Hour, UserId]>(
    "UPDATE routes SET incarnation = max(incarnation, ?), expires = max(expires, ?) WHERE user = ?",
  );
  const end = db.prepare<[UserId]>("DELETE FROM routes WHERE user = ?");

  return {
    move(user, { client, incarnation, tag }, expires) {
      move.run(user, client, incarnation, tagBytes(tag), expires);
    },
    refresh(user, { client, incarnation, tag }, expires, hour) {
      if (outdated.get(user, client, tagBytes(tag), hour, incarnation, expires) === undefined) return;
      refresh.run(incarnation, expires, user);
    },
    end: (user) => void end.run(user),
  };
}

/** A tag as it is stored. */
export function tagBytes(tag: SenderTag): Buffer {
  return Buffer.from(tag, "hex");
}
