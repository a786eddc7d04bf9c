/** Copies a database in a thread of its own, so that a slow disk under the copy holds up nobody. */
import { parentPort, workerData } from "node:worker_threads";
import { copyDatabase } from "./copy-database.js";
import type { StoreErrorCode } from "./errors.js";
import { codeOf } from "./errors.js";

/** What the thread is started with: two paths. */
export interface BackupData {
  readonly from: string;
  readonly to: string;
}

/** What it answers, once: `undefined` when the copy is on the disk. */
export type BackupReply = StoreErrorCode | undefined;

function copy({ from, to }: BackupData): BackupReply {
  try {
    copyDatabase(from, to);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

parentPort?.postMessage(copy(workerData as BackupData));
