/**
 * The identity of a Nym client on the disk: its address and what its storage holds, keys included. One file (mode 0600,
 * in a folder for its owner alone), replaced whole or not at all.
 */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { type NymAddress, parseAddress } from "../../src/protocol/nym-client/address.js";
import { createFolder, replaceFile } from "../../src/util/atomic-file.js";
import { OperatorError } from "../../src/util/operator-error.js";

/** A Nym client that can be started again as the same. */
export interface StoredIdentity {
  readonly address: NymAddress;
  /** As `exportDatabases` made it. */
  readonly storage: Buffer;
}

const content = z.strictObject({
  format: z.literal(1),
  address: z.string().transform((text, context) => {
    const address = parseAddress(text);
    if (address === undefined) context.addIssue("not a Nym address");
    return address ?? z.NEVER;
  }),
  storage: z.base64().transform((text) => Buffer.from(text, "base64")),
});

/** The identity at `path`; `undefined` when there is none yet. Throws an `OperatorError` when it cannot be understood. */
export async function readIdentity(path: string): Promise<StoredIdentity | undefined> {
  try {
    const { address, storage } = content.parse(JSON.parse(await readFile(path, "utf8")));
    return { address, storage };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    throw new OperatorError("wasm-identity", `${path} is damaged: restore it, or remove it and get a new Nym address`);
  }
}

/** Writes the identity to `path`, and makes its folder. */
export async function writeIdentity(path: string, { address, storage }: StoredIdentity): Promise<void> {
  await createFolder(dirname(path));
  await replaceFile(path, `${JSON.stringify({ format: 1, address, storage: storage.toString("base64") })}\n`);
}

/** The identity key of the gateway that an address is at, base58. */
export function gatewayIn(address: NymAddress): string {
  return address.slice(address.indexOf("@") + 1);
}
