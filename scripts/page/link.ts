/** Where the example page finds a directory: everything that it has to know stands in its URL. */
import type { Config } from "../../src/config/config.js";
import { askStatus } from "../../src/control/ask.js";
import { socketPath } from "../../src/control/server.js";
import { runFolder } from "../../src/part-options.js";
import { findLocalDirectory, readReplyKey } from "../local-directory.js";

/** A directory, and the way to it: `users` of a loopback mixnet, or a nym-api (default: that of the Nym mixnet). */
export interface LinkTarget {
  readonly addresses: readonly string[];
  readonly users?: string;
  readonly nymApi?: string | undefined;
  /** PEM. */
  readonly replyKey?: string | undefined;
}

/** The page at `url`, for this directory. A nym-api without TLS belongs to a network of one's own, whose gateways have none. */
export function linkTo(url: string, { addresses, users, nymApi, replyKey }: LinkTarget): string {
  const query = new URLSearchParams({ directory: addresses.join(",") });
  if (users !== undefined) query.set("loopback", users);
  if (nymApi !== undefined) query.set("nymApi", nymApi);
  if (nymApi?.startsWith("http:") === true) query.set("forceTls", "false");
  if (replyKey !== undefined) query.set("replyKey", replyKey.replaceAll(/-----[A-Z ]+-----|\s/g, ""));
  return `${url}?${query.toString()}`;
}

/** The page at `url`, for the directory that runs on this machine with this configuration; `undefined` when none does. */
export async function linkToLocal(url: string, config: Config): Promise<string | undefined> {
  const { dataDir, nymClient, identity } = config;
  const { addressFile, apis } = nymClient;
  const loopback = await findLocalDirectory({ dataDir, addressFile, keysDir: identity.keysDir });
  if (loopback !== undefined) return linkTo(url, loopback);
  const status = await askStatus(socketPath(runFolder(config))).catch(() => undefined);
  const addresses = status?.clients.flatMap(({ address }) => address ?? []) ?? [];
  if (addresses.length === 0) return undefined;
  const replyKey = await readReplyKey(identity.keysDir).catch(() => undefined);
  return linkTo(url, { addresses, nymApi: apis?.[0], replyKey });
}
