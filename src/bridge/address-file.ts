/** The file with the directory's Nym addresses, from which an operator publishes them. */
import { dirname } from "node:path";
import type { NymAddress } from "../protocol/nym-client/address.js";
import { createFolder, replaceFile } from "../util/atomic-file.js";
import { OperatorError } from "../util/operator-error.js";

/**
 * Writes one address a line, in pool order. A reader sees the old file or the new one, never a part. Throws an
 * `OperatorError` that names ADDRESS_FILE when the file system refuses.
 */
export async function writeAddressFile(file: string, addresses: readonly NymAddress[]): Promise<void> {
  try {
    await createFolder(dirname(file));
    await replaceFile(file, addresses.map((address) => `${address}\n`).join(""), 0o644);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new OperatorError("addresses-unwritable", `ADDRESS_FILE: ${file} cannot be written (${code})`, {
      cause: error,
    });
  }
}
