/** The database's files: made so that nobody but their owner can read them, and replaced so that a crash leaves either. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** The one path of a database, whatever links lead to it; makes its folder (mode 0700) where that is missing. */
export function databasePath(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return realpathSync(absolute);
  mkdirSync(dirname(absolute), { recursive: true, mode: 0o700 });
  return join(realpathSync(dirname(absolute)), basename(absolute));
}

/**
 * Makes an empty file of mode 0600, and says whether it did. A file that exists is not even opened: closing it would
 * drop the locks that this process has on it (POSIX locks go with any descriptor of the file).
 */
export function createPrivateFile(path: string): boolean {
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Makes sure that what was created, renamed or removed in `folder` stays so after a loss of power. */
export function syncFolder(folder: string): void {
  sync(folder, "r");
}

/** Makes sure that what was written to `file` is on the disk. Not for a database that this process has open. */
export function syncFile(file: string): void {
  sync(file, "r+");
}

function sync(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
