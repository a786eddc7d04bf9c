/** Erases what has expired, a bounded number of rows at a time. */
import type { Hour } from "../../util/time.js";
import type { Swept } from "../store.js";
import type { Connection } from "./connection.js";
import { prepareSlots } from "./slots.js";

/** Prepares the statements; what it returns erases at most `limit` rows that expired before `hour`, in a transaction. */
export function prepareSweep(db: Connection): (hour: Hour, limit: number) => Swept {
  const erasure = (table: string) =>
    db.prepare<[Hour, number]>(`DELETE FROM ${table} WHERE expires < ? ORDER BY expires LIMIT ?`);
  const erase = { deliveries: erasure("deliveries"), replays: erasure("replays"), routes: erasure("routes") };

  const slots = prepareSlots(db);
  const step = db.transaction((hour: Hour, limit: number): Swept => {
    const deliveries = erase.deliveries.run(hour, limit).changes;
    const replays = erase.replays.run(hour, limit - deliveries).changes;
    const routes = erase.routes.run(hour, limit - deliveries - replays).changes;
    slots.release(limit);
    return { deliveries, replays, routes };
  });
  return (hour, limit) => step.immediate(hour, limit);
}
