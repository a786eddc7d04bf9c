/**
 * What the directory that comes after a crash must know of a child that runs: which process it is, and who its parent
 * was. One small file (mode 0600) for each in the run folder, gone when the child is.
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { replaceFile } from "../util/atomic-file.js";

const identity = z.strictObject({ pid: z.int().min(2), startTime: z.string(), boot: z.string() });

const runRecord = z.strictObject({
  pid: z.int().min(2),
  /** Absent where the system does not tell. */
  child: identity.optional(),
  parent: identity.optional(),
  /** The program and its arguments. */
  command: z.array(z.string()).min(1),
});

/** A child that was running when its record was written. */
export type RunRecord = z.infer<typeof runRecord>;

/** The record of child `name`; `undefined` if there is none, or none that can be understood. */
export async function readRunRecord(folder: string, name: string): Promise<RunRecord | undefined> {
  try {
    return runRecord.parse(JSON.parse(await readFile(recordPath(folder, name), "utf8")));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Replaces the record of child `name`; makes the folder (mode 0700) if it is missing. */
export async function writeRunRecord(folder: string, name: string, record: RunRecord): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(recordPath(folder, name), `${JSON.stringify(record)}\n`);
}

/** Removes the record of child `name`, if there is one. */
export function removeRunRecord(folder: string, name: string): Promise<void> {
  return rm(recordPath(folder, name), { force: true });
}

function recordPath(folder: string, name: string): string {
  return join(folder, `${name}.json`);
}
