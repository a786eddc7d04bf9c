/** Tells a database of this program from any other file, and its version. */
import type Database from "better-sqlite3";
import { StoreError } from "./errors.js";

/** Marks a database as ours, in SQLite's header: "NymD". */
export const APPLICATION_ID = 0x4e796d44;

/** The version of a database of ours (0 if it is empty). Throws `foreign` when it is somebody else's. */
export function versionOf(db: Database.Database): number {
  const version = Number(db.pragma("user_version", { simple: true }));
  const owner = db.pragma("application_id", { simple: true });
  if (owner === APPLICATION_ID) return version;
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (owner !== 0 || version !== 0 || tables !== 0) {
    throw new StoreError("foreign", "the file is not a database of this program");
  }
  return 0;
}
