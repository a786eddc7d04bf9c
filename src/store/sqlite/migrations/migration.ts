/** The contract of a migration. */
import type { Connection } from "../connection.js";

/** One step from a version of the schema to the next; runs in a transaction of its own. */
export interface Migration {
  /** The version that it makes: 1, 2, 3, .. without a gap. */
  readonly version: number;
  up(db: Connection): void;
}
