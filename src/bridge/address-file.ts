/** The file with the directory's Nym addresses, from which an operator publishes them. */
import { dirname } from "node:path";
import type { NymAddress } from "../protocol/nym-client/address.js";
import { createFolder, replaceFile } from "../util/atomic-file.js";

/** Writes one address a line, in pool order. A reader sees the old file or the new one, never a part. */
export async function writeAddressFile(file: string, addresses: readonly NymAddress[]): Promise<void> {
  await createFolder(dirname(file));
  await replaceFile(file, addresses.map((address) => `${address}\n`).join(""), 0o644);
}
