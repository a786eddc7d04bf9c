/** The bound of the database file's size, and a reserve beyond it for what makes room again. */
import type { Connection } from "./connection.js";

/** Runs something that may use the reserve: erasing, too, needs a page now and then. */
export type WithReserve = <T>(run: () => T) => T;

const RESERVE_PAGES = 256;

/** Bounds the file to `maxBytes` (`undefined`: the disk decides); what does not fit fails with SQLITE_FULL. */
export function boundSize(db: Connection, maxBytes: number | undefined): WithReserve {
  if (maxBytes === undefined) return (run) => run();
  const pages = Math.max(1, Math.floor(maxBytes / Number(db.pragma("page_size", { simple: true }))));
  db.pragma(`max_page_count = ${pages}`);
  return (run) => {
    db.pragma(`max_page_count = ${pages + RESERVE_PAGES}`);
    try {
      return run();
    } finally {
      db.pragma(`max_page_count = ${pages}`);
    }
  };
}
