/** Online backup: a consistent copy of a database, whether a directory is using it or not. */
import { once } from "node:events";
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { BackupData, BackupReply } from "./backup-worker.js";
import { asStoreError, explain, StoreError } from "./errors.js";
import { createPrivateFile, syncFolder } from "./files.js";

/**
 * Copies the database at `path` to `file` (mode 0600), which must not exist. Rejects with a `StoreError`: `missing`,
 * `exists`, `foreign`, `damaged`, `full` or `unavailable`; nothing is left behind then.
 */
export async function backupDatabase(path: string, file: string): Promise<void> {
  const from = resolve(path);
  const to = resolve(file);
  if (!existsSync(from)) throw new StoreError("missing", `${from} does not exist`);
  if (!reserve(to)) throw new StoreError("exists", `${to} exists already`);
  // The name is ours, so what lies under this one is left from a backup that was killed.
  const partial = `${to}.partial`;
  try {
    rmSync(partial, { force: true });
    createPrivateFile(partial);
    await copyInThread({ from, to: partial });
    renameSync(partial, to);
    syncFolder(dirname(to));
  } catch (error) {
    for (const left of [`${partial}-journal`, partial, to]) rmSync(left, { force: true });
    throw asStoreError(error, to);
  }
}

function reserve(file: string): boolean {
  try {
    return createPrivateFile(file);
  } catch (error) {
    throw asStoreError(error, file);
  }
}

async function copyInThread(data: BackupData): Promise<void> {
  const worker = new Worker(new URL("./backup-worker.js", import.meta.url), { workerData: data });
  const exit = once(worker, "exit");
  const [failure] = (await once(worker, "message")) as [BackupReply];
  await exit;
  if (failure !== undefined) throw new StoreError(failure, `${data.from}: ${explain(failure)}`);
}
