/** Files that a reader finds whole or not at all, and that a crash leaves as they were or as they were to be. */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/** Replaces the file at `path`, whose folder must exist, by one that holds `text` and has `mode` (default 0600). */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  await writeAside(path, text, mode, (temporary) => rename(temporary, path));
  await syncFolder(dirname(path));
}

/** Makes the file at `path`, as `replaceFile` does; `false`, and nothing is changed, when there is one already. */
export async function createFile(path: string, text: string, mode = 0o600): Promise<boolean> {
  try {
    await writeAside(path, text, mode, async (temporary) => {
      await link(temporary, path);
      await unlink(temporary);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}

/** Makes a folder and those above it, for its owner alone. One that is there stays as it is. */
export async function createFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** Writes a file beside `path` and lets `place` put it there; leaves nothing behind when that fails. */
async function writeAside(
  path: string,
  text: string,
  mode: number,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(text);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(temporary);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** Makes what was renamed in `path` outlive a loss of power, where the file system lets folders be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}
