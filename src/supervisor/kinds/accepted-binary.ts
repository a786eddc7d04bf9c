/** The record, beside an installed nym-client, of the one program that was accepted there: nothing else is to run in its place. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { replaceFile } from "../../util/atomic-file.js";

/** SHA-256 in hex. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

const accepted = z.strictObject({
  /** Version of nym-client that it was accepted as. */
  version: z.string(),
  sha256: sha256Schema,
  /** Who said that it is the right one. */
  by: z.enum(["manifest", "digest", "operator"]),
});

/** The program that was accepted. */
export type AcceptedBinary = z.infer<typeof accepted>;

/** What was accepted for the program at `binary`; `undefined` if nothing was, or nothing that can be understood. */
export async function readAccepted(binary: string): Promise<AcceptedBinary | undefined> {
  const text = await readFile(acceptedPath(binary), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return accepted.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Records what was accepted for the program at `binary`. */
export async function writeAccepted(binary: string, record: AcceptedBinary): Promise<void> {
  await replaceFile(acceptedPath(binary), `${JSON.stringify(record, undefined, 2)}\n`, 0o644);
}

function acceptedPath(binary: string): string {
  return join(dirname(binary), "accepted.json");
}
