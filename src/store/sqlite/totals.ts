/** The sums of the whole database, so that nothing is counted when it is opened. */
import type { Tally } from "./applying.js";
import type { Connection } from "./connection.js";

/** Prepares the statement; what it returns adds to the sums, within the transaction that changes what they count. */
export function prepareTotals(db: Connection): (tally: Tally) => void {
  const add = db.prepare<[number, number, number]>(`
    UPDATE totals SET users = users + ?, deliveries = deliveries + ?, payload_bytes = payload_bytes + ?`);
  return ({ users, deliveries, payloadBytes }) => {
    if (users !== 0 || deliveries !== 0 || payloadBytes !== 0) add.run(users, deliveries, payloadBytes);
  };
}
