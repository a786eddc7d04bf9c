/** Accounts on a mixnet that outlives the directory, with record stores on the disk: what may end can end, and start again. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoopbackOptions } from "../../nym-client/loopback/options.js";
import { readPublicKeys } from "../../scripts/local-directory.js";
import { type AccountOptions, openFileRecordStore } from "../../src/client/client.js";
import { type AccountPerson, openPerson } from "./account-person.js";
import { startV2World, type V2World } from "./v2-world.js";

export interface AccountWorld extends AsyncDisposable {
  readonly world: V2World;
  /** Opens the account of that name, with all that it remembers; one that is open must be closed before. */
  open(name: string): Promise<AccountPerson>;
}

/** Impatient, so that what is lost is soon asked for again. */
const HASTY: Partial<AccountOptions> = { answerTimeout: 250, retries: 4, retryPause: 10, interval: 400 };

/** Starts a directory, for accounts with these options. */
export async function startAccountWorld(
  env: Readonly<Record<string, string>> = {},
  mixnet: LoopbackOptions = {},
  options: Partial<AccountOptions> = {},
): Promise<AccountWorld> {
  const folder = await mkdtemp(join(tmpdir(), "accounts-"));
  const world = await startV2World({ LIMITS: "off", ACK_SECONDS: "0.2", ACK_MAX_SECONDS: "1", ...env }, mixnet);
  const { identity } = await readPublicKeys(join(world.process.dataDir, "keys"));
  const addresses = world.mixnet.services.map(({ name }) => world.mixnet.addressOf(name));
  const places = { users: world.places.users, addresses, identity };
  const opened = new Set<AccountPerson>();
  const stores = new Map<string, Awaited<ReturnType<typeof openFileRecordStore>>>();
  return {
    world,
    async open(name) {
      await stores.get(name)?.close();
      const store = await openFileRecordStore(join(folder, name), "a passphrase");
      stores.set(name, store);
      const person = await openPerson(places, name, { ...HASTY, ...options }, store);
      opened.add(person);
      return person;
    },
    async [Symbol.asyncDispose]() {
      for (const person of opened) await person.account.close();
      for (const store of stores.values()) await store.close();
      await world[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
