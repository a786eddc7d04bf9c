/** Empties the write-ahead log: what was erased from the database still lies there until then. */
import type { Connection } from "./connection.js";

/** One attempt that waits for nobody; `false` when somebody still reads the log, or holds the lock to write. */
export function truncateLog(db: Connection): boolean {
  const timeout = Number(db.pragma("busy_timeout", { simple: true }));
  db.pragma("busy_timeout = 0");
  try {
    const [row] = db.pragma("wal_checkpoint(TRUNCATE)") as [{ readonly busy: number }];
    return row.busy === 0;
  } finally {
    db.pragma(`busy_timeout = ${timeout}`);
  }
}
