/** The way to a directory: which Nym client, which addresses, and the key that it is known by. */
import { readFile } from "node:fs/promises";
import type { AccountOptions } from "../../src/client/client.js";
import { parseAddress } from "../../src/protocol/nym-client/address.js";
import { OperatorError } from "../../src/util/operator-error.js";
import { findLocalDirectory, type LocalPaths, readAddresses } from "../local-directory.js";

/** What was given on the command line. */
export interface WayOptions {
  readonly url?: string;
  /** An address, or a file of them. */
  readonly directory?: string;
  /** A file. */
  readonly identity?: string;
}

export interface Way {
  /** WebSocket of the Nym client. */
  readonly url: string;
  readonly options: AccountOptions;
  /** Is it a Nym client of a loopback mixnet, which gives no anonymity? */
  readonly loopback: boolean;
}

/** What was given, and what the local directory has left for the rest. Rejects with an Error for people. */
export async function findWay(given: WayOptions, paths: LocalPaths, name: string): Promise<Way> {
  const local = await findLocalDirectory(paths);
  const addresses = given.directory === undefined ? local?.addresses : await addressesIn(given.directory);
  const url = given.url ?? (local && `${local.users}/${name}`);
  if (addresses === undefined || url === undefined) {
    const looked = `no directory is running here (looked in ${paths.dataDir}): start one with npm start`;
    throw new Error(given.directory === undefined ? looked : `${looked}, or say which Nym client to use with --url`);
  }
  if (!/^wss?:\/\/./.test(url) || !URL.canParse(url))
    throw new OperatorError("url", "--url takes the URL of a nym-client's WebSocket, for example ws://127.0.0.1:1977");
  const identity = given.identity === undefined ? ownKey(given, local) : await pemIn(given.identity);
  return {
    url,
    options: { directory: addresses, ...(identity !== undefined && { identity }) },
    loopback: given.url === undefined,
  };
}

/** The local directory's key says nothing of another directory. */
function ownKey({ directory }: WayOptions, local: { readonly identity: string } | undefined): string | undefined {
  return directory === undefined ? local?.identity : undefined;
}

async function addressesIn(given: string): Promise<readonly string[]> {
  if (parseAddress(given) !== undefined) return [given];
  const addresses = await readAddresses(given).catch(() => []);
  if (addresses.length === 0 || addresses.some((address) => parseAddress(address) === undefined))
    throw new OperatorError("directory", "--directory takes a Nym address, or a file with one on each line");
  return addresses;
}

async function pemIn(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  if (!text.includes("BEGIN PUBLIC KEY")) throw new OperatorError("identity", "--identity takes a file with a PEM");
  return text;
}
