/** The directory's own parts in this process: the real bridge, pipeline and SQLite store, under a clock that can be moved. */
import { sign } from "node:crypto";
import { constants, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bridge } from "../../src/bridge/bridge.js";
import { connectBridge } from "../../src/bridge/socket.js";
import { readEnvironment } from "../../src/config/environment.js";
import { loadConfig } from "../../src/config/load.js";
import { identityKey } from "../../src/directory-facts.js";
import type { Identity } from "../../src/identity/identity.js";
import { decisionContext, pipelineOptions } from "../../src/part-options.js";
import { type Pipeline, startPipeline } from "../../src/pipeline/pipeline.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.js";
import type { MailboxQuota, Store } from "../../src/store/store.js";
import { createCounters } from "../../src/telemetry/counters.js";
import { hourAfter } from "../../src/util/time.js";
import type { TestedDirectory } from "./directory.js";
import { environmentOf, type SoakSettings } from "./settings.js";

/** What the parts are given. */
export interface DirectoryHereComponents {
  readonly identity: Identity;
  readonly clock: () => number;
  /** A database of the present version with nothing in it: making one takes longer than a run. */
  readonly emptyDatabase: string;
}

interface Running {
  readonly store: Store;
  readonly bridge: Bridge;
  readonly pipeline: Pipeline;
}

const { COPYFILE_EXCL } = constants;
const DATABASE = "directory.db";
const DRAIN_MS = 200;
const SWEEP_ROWS = 500;
const NEVER = new AbortController().signal;

/** A directory of parts that are not running yet. */
export function createDirectoryHere(components: DirectoryHereComponents, settings: SoakSettings): TestedDirectory {
  let running: Running | undefined;

  async function stop(): Promise<void> {
    const ending = running;
    running = undefined;
    if (ending === undefined) return;
    // What is under way loses its way back, as in a process that ends.
    await ending.bridge[Symbol.asyncDispose]();
    await Promise.race([ending.pipeline.drain(), sleep(DRAIN_MS)]);
    await ending.store[Symbol.asyncDispose]();
  }

  return {
    async start() {
      await copyFile(components.emptyDatabase, join(settings.folder, DATABASE), COPYFILE_EXCL).catch(() => undefined);
      running = await startParts(components, settings);
    },
    stop,
    async sweep() {
      await running?.store.sweep(hourAfter(components.clock()));
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Makes an empty database in `folder`, and gives its path. */
export async function makeEmptyDatabase(folder: string): Promise<string> {
  const path = join(folder, DATABASE);
  await using _store = await openStore(path, undefined, Date.now);
  return path;
}

function openStore(path: string, quota: MailboxQuota | undefined, now: () => number): Promise<Store> {
  const parts = { busyTimeoutMs: 5_000, sweepStep: SWEEP_ROWS, maxBytes: undefined, onFault: () => undefined };
  return openSqliteStore({ path, quota, now, ...parts });
}

async function startParts({ identity, clock }: DirectoryHereComponents, settings: SoakSettings): Promise<Running> {
  const environment = readEnvironment(settings.folder, environmentOf(settings));
  const { config } = loadConfig(environment, settings.folder);
  const { bounds, nymClient } = config;
  const store = await openStore(config.store.databasePath, config.store.mailbox, clock);
  const counters = createCounters();
  const bridge = connectBridge(
    { counters },
    {
      ...nymClient,
      ...{ index: 0, url: settings.url, signal: NEVER },
      queue: { items: bounds.inbox, bytes: bounds.inboxBytes },
      outboxBytes: bounds.outboxBytes,
    },
  );
  const addresses: NymAddress[] = [];
  const contextNow = decisionContext(config, { identity, epoch: store.epoch }, () => addresses);
  const pipeline = await new Promise<Pipeline>((resolve) => {
    const started = startPipeline(
      {
        ...{ store, bridges: [bridge], counters, clock, uptime: () => performance.now() },
        context: () => ({ ...contextNow(), now: clock() }),
        sign: (content) => sign("sha256", Buffer.from(content), identity.replyKey).toString("hex"),
        directory: identityKey(identity),
        signStatement: (text) => identity.sign(text),
        opened(_, address) {
          addresses[0] = address;
          queueMicrotask(() => resolve(started));
        },
        closed: () => undefined,
      },
      pipelineOptions(config),
    );
  });
  return { store, bridge, pipeline };
}
