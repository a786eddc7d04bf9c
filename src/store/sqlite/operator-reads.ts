/** The reads of operators, as prepared statements on a connection of the calling thread. */
import type { Hour } from "../../util/time.js";
import type { NameCounts, OperatorLocator } from "../operators.js";
import type { UserId } from "../identifiers.js";
import type { Connection } from "./connection.js";

/** How the rows of each table are read. */
type Readers = {
  readonly [Table in OperatorLocator["table"]]: (
    key: Extract<OperatorLocator, { table: Table }>,
    hour: Hour,
  ) => unknown;
};

/** Prepares the statements, once for a connection. */
export function prepareOperatorReads(db: Connection): Readers {
  const stopped = db.prepare<[], 1>("SELECT 1 FROM meta WHERE registrations_stopped = 1").pluck();
  const hold = db
    .prepare<[string], Hour | null>("SELECT held_until FROM users WHERE folded = ? AND name IS NULL")
    .pluck();
  const counts = db.prepare<[], NameCounts>(`
    SELECT (SELECT count(*) FROM users WHERE held_until IS NOT NULL) AS held,
      (SELECT count(*) FROM users WHERE name IS NULL AND folded IS NOT NULL AND held_until IS NULL) AS reserved`);
  const groups = db.prepare<[], number>("SELECT count(*) FROM groups").pluck();
  const copies = db.prepare<[UserId], number>("SELECT copies FROM histories WHERE user = ?").pluck();
  const keys = db.prepare<[UserId], { registered: Hour | null; keyChanged: Hour }>(
    "SELECT min(at) AS registered, max(at) AS keyChanged FROM key_log WHERE user = ?",
  );
  const route = db.prepare<[UserId, Hour], Hour>("SELECT expires FROM routes WHERE user = ? AND expires >= ?").pluck();

  return {
    registrationsStopped: () => (stopped.get() === undefined ? undefined : true),
    nameHold({ name }) {
      const until = hold.get(name);
      return until === undefined ? undefined : { until: until ?? undefined };
    },
    nameCounts: () => counts.get(),
    groupCount: () => groups.get(),
    copyCount: ({ user }) => copies.get(user),
    userDates({ user }, hour) {
      const dates = keys.get(user);
      if (dates === undefined || dates.registered === null) return undefined;
      return { ...dates, routeExpires: route.get(user, hour) };
    },
  };
}
