/** The reads, as prepared statements on a connection of the calling thread: a few microseconds each, and never a wait. */
import type { Hour } from "../../util/time.js";
import type { Delivery, RowKey, Sequence, User, UserId } from "../rows.js";
import type { StoreCounts } from "../store.js";
import type { Connection } from "./connection.js";

/** Reads of what is committed. Routes and deliveries that have expired before the given hour are not seen. */
export interface ReadStatements {
  /** The rows of `keys`, from one snapshot. */
  load(keys: readonly RowKey[], hour: Hour): unknown[];
  deliveries(recipient: UserId, after: Sequence | 0, limit: number, hour: Hour): Delivery[];
  counts(): StoreCounts;
}

const USER = "SELECT id, name, algorithm, key, key_version AS keyVersion FROM users";

/** Prepares the statements, once for a connection. */
export function prepareReads(db: Connection): ReadStatements {
  const begin = db.prepare("BEGIN");
  const end = db.prepare("COMMIT");
  const byName = db.prepare<[string], User>(`${USER} WHERE folded = ?`);
  const byId = db.prepare<[UserId], User>(`${USER} WHERE id = ?`);
  const routeOwner = db
    .prepare<[string, Buffer, Hour], UserId>("SELECT user FROM routes WHERE client = ? AND tag = ? AND expires >= ?")
    .pluck();
  const replay = db.prepare<[Uint8Array], 1>("SELECT 1 FROM replays WHERE digest = ?").pluck();
  const deliveries = db.prepare<[UserId, number, Hour, number], Delivery>(`
    SELECT recipient, sequence, substr(body, 1, bytes) AS payload FROM deliveries JOIN payloads ON payloads.id = payload
    WHERE recipient = ? AND sequence > ? AND expires >= ? ORDER BY sequence LIMIT ?`);
  const counts = db.prepare<[], StoreCounts>("SELECT users, deliveries, payload_bytes AS payloadBytes FROM totals");

  function row(key: RowKey, hour: Hour): unknown {
    switch (key.table) {
      case "userByName":
        return byName.get(key.name);
      case "userById":
        return byId.get(key.id);
      case "routeOwner":
        return routeOwner.get(key.client, Buffer.from(key.tag, "hex"), hour);
      case "replay":
        return replay.get(key.digest) === undefined ? undefined : true;
    }
  }

  return {
    load(keys, hour) {
      // One statement is a snapshot by itself.
      if (keys.length < 2) return keys.map((key) => row(key, hour));
      begin.run();
      try {
        return keys.map((key) => row(key, hour));
      } finally {
        end.run();
      }
    },
    deliveries: (recipient, after, limit, hour) => deliveries.all(recipient, after, hour, limit),
    counts: () => counts.get() ?? { users: 0, deliveries: 0, payloadBytes: 0 },
  };
}
