/** A consistent copy of a database that may be in use, as one file. */
import { openReader } from "./connection.js";
import { syncFile } from "./files.js";

/**
 * Copies the database `from` over the empty file `to`. Written anew row by row, from one snapshot: unlike a copy page by
 * page it never has to begin again after another's commit, and it takes along no remains of rows that are gone.
 */
export function copyDatabase(from: string, to: string): void {
  const source = openReader(from);
  try {
    source.prepare("VACUUM INTO ?").run(to);
  } finally {
    source.close();
  }
  syncFile(to);
}
