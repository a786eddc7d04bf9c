/** How much room a database takes on the disk. */
import { stat } from "node:fs/promises";

/** Bytes of its files. */
export interface DatabaseSizes {
  readonly database: number;
  /** What is written ahead, and not yet in the database. */
  readonly writeAheadLog: number;
}

/** The sizes of the files of the database at `path`; 0 for one that is not there. */
export async function databaseSizes(path: string): Promise<DatabaseSizes> {
  const [database, writeAheadLog] = await Promise.all([sizeOf(path), sizeOf(`${path}-wal`)]);
  return { database, writeAheadLog };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}
