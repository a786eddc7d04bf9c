/**
 * Makes the directory's Nym addresses known: each is announced, the address file lists them in pool order, and one that
 * is not what it was when the directory last ran is reported loudly, since people hold the old one.
 */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import { writeAddressFile } from "./bridge/address-file.js";
import type { NymAddress } from "./protocol/nym-client/address.js";
import type { Events } from "./telemetry/events.js";
import { createFolder, replaceFile } from "./util/atomic-file.js";

export interface PublisherComponents {
  readonly events: Pick<Events, "addressesWritten" | "directoryStarted" | "nymClientAddressChanged">;
  /** Told of every address, once for each. */
  readonly announce: (address: NymAddress) => void;
  /** Told when the files cannot be written: nobody would learn where the directory is. */
  readonly failed: (error: unknown) => void;
}

export interface PublisherOptions {
  /** Of the Nym clients, in pool order. */
  readonly ids: readonly string[];
  /** One address a line, for publication. */
  readonly addressFile: string;
  /** The last address of each id, also of those that are not in the pool now. */
  readonly knownFile: string;
}

/** A function that is to be told of each Nym client (by position) that has opened, and of its address, in any order. */
export function createPublisher(
  { events, announce, failed }: PublisherComponents,
  { ids, addressFile, knownFile }: PublisherOptions,
): (client: number, address: NymAddress) => void {
  const current = new Map<number, NymAddress>();
  let published = Promise.resolve();
  const publish = async (client: number, address: NymAddress, addresses: readonly NymAddress[]): Promise<void> => {
    if (await isAnother(knownFile, ids[client] ?? "", address)) events.nymClientAddressChanged({ client });
    await writeAddressFile(addressFile, addresses);
    events.addressesWritten({ clients: addresses.length });
    announce(address);
    if (addresses.length === ids.length) events.directoryStarted({ clients: addresses.length });
  };
  return (client, address) => {
    if (current.get(client) === address) return;
    current.set(client, address);
    const addresses = [...current].sort(([a], [b]) => a - b).map(([, text]) => text);
    published = published.then(() => publish(client, address, addresses)).catch(failed);
  };
}

/** Remembers the address of `id`, and says whether it had another one before. */
async function isAnother(file: string, id: string, address: NymAddress): Promise<boolean> {
  const known = await readKnown(file);
  const before = known[id];
  if (before === address) return false;
  await createFolder(dirname(file));
  await replaceFile(file, `${JSON.stringify({ ...known, [id]: address }, undefined, 2)}\n`);
  return before !== undefined;
}

const knownAddresses = z.record(z.string(), z.string());

async function readKnown(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return {};
  try {
    return knownAddresses.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
