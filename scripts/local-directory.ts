/** A directory that runs on this machine, as others find it: by what it leaves in its data folder while it runs. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Where it is, and what it is known by. */
export interface LocalDirectory {
  /** Its Nym addresses. */
  readonly addresses: readonly string[];
  /** Where the loopback mixnet offers users' Nym clients: append `/` and a name. */
  readonly users: string;
  /** Where the loopback mixnet takes commands. */
  readonly control: string;
  /** PEM of the key that signs its replies of v1. */
  readonly replyKey: string;
  /** PEM of its identity key. */
  readonly identity: string;
}

/** Where it keeps its files. */
export interface LocalPaths {
  readonly dataDir: string;
  readonly addressFile?: string;
  readonly keysDir?: string;
}

const announcement = z.object({ users: z.url(), control: z.url() });
const certificate = z.object({ identity: z.base64(), replyKey: z.base64() });

/** The directory that runs with these paths on a loopback mixnet; `undefined` when there is none. */
export async function findLocalDirectory({
  dataDir,
  addressFile = join(dataDir, "addresses"),
  keysDir = join(dataDir, "keys"),
}: LocalPaths): Promise<LocalDirectory | undefined> {
  try {
    const { users, control } = announcement.parse(await readJson(join(dataDir, "loopback.json")));
    const { replyKey, identity } = await readPublicKeys(keysDir);
    const addresses = await readAddresses(addressFile);
    return { addresses, users, control, replyKey, identity };
  } catch {
    return undefined;
  }
}

/** PEM of the key that signs the replies of the directory whose keys are in this folder. Rejects when there is none. */
export async function readReplyKey(keysDir: string): Promise<string> {
  return (await readPublicKeys(keysDir)).replyKey;
}

/** PEMs of its public keys. Rejects when there are none. */
export async function readPublicKeys(keysDir: string): Promise<Pick<LocalDirectory, "replyKey" | "identity">> {
  const { replyKey, identity } = certificate.parse(await readJson(join(keysDir, "reply-key.cert.json")));
  return { replyKey: pemOf(replyKey), identity: pemOf(identity) };
}

/** The addresses in a file of one a line. */
export async function readAddresses(file: string): Promise<string[]> {
  const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "");
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"));
}

function pemOf(der: string): string {
  const lines = der.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n");
}
