/**
 * The running directory: every part, in the order in which a message passes them; stopped in the reverse order. This is
 * where implementations are chosen and wired; nothing else knows more of another part than its interface.
 */
import { sign } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createAdministration } from "./administer.js";
import type { Bridge } from "./bridge/bridge.js";
import { connectBridge } from "./bridge/socket.js";
import type { Config } from "./config/config.js";
import type { StatusReport } from "./control/protocol.js";
import { startControl } from "./control/server.js";
import { identityKey } from "./directory-facts.js";
import type { Identity } from "./identity/identity.js";
import { type WatchComponents, type WatchedBridge, watchBridge } from "./liveness/watch.js";
import { startMaintenance } from "./maintenance.js";
import { bridgeOptions, decisionContext, foldedNames, pipelineOptions } from "./part-options.js";
import { publishing, runFolder, supervision } from "./part-options.js";
import { type Pipeline, startPipeline } from "./pipeline/pipeline.js";
import type { NymAddress } from "./protocol/nym-client/address.js";
import { createPublisher } from "./publish-addresses.js";
import { reportStatus } from "./status-report.js";
import { databaseSizes } from "./store/sqlite/sizes.js";
import { openSqliteStore } from "./store/sqlite/sqlite-store.js";
import type { Store } from "./store/store.js";
import { Fleet } from "./supervisor/fleet.js";
import { planOf } from "./supervisor/kinds/plan.js";
import { watchMemory } from "./supervisor/memory-watch.js";
import { createCounters } from "./telemetry/counters.js";
import type { Events } from "./telemetry/events.js";
import { startSummary } from "./telemetry/summary.js";

/** Expired rows erased in one transaction: a few milliseconds, in which commits wait. More of them at once is no faster. */
const SWEEP_ROWS = 100;

/** What the directory is run with, besides its configuration. */
export interface ServiceComponents {
  readonly version: string;
  readonly events: Events;
  readonly identity: Identity;
  /** Told of every address of the directory, once for each. */
  readonly announce: (address: NymAddress) => void;
}

/** Runs the directory until `signal` is aborted, and resolves when everything has ended in good order. */
export async function runDirectory(config: Config, components: ServiceComponents, signal: AbortSignal): Promise<void> {
  const { events, identity, version } = components;
  const { kind, pool } = config.nymClient;
  const startedAt = performance.now();
  events.directoryStarting({ version, kind, clients: pool.length });
  if (kind === "loopback") events.loopbackInUse();
  if (kind === "wasm") events.wasmInUse();
  if (config.limits === undefined) events.limitsOff();

  // First of all: a program that is missing is said before anything has begun.
  const plan = await planOf(config);
  for (const notice of plan.notices ?? []) events[notice]();
  const counters = createCounters();
  using _summary = startSummary({ counters, events }, config.log.summaryMs);
  const failed = new AbortController();
  await using store = await openStore(config, events, () => failed.abort(new StoreGoneError()));
  using _maintenance = startMaintenance({ store, events, counters, clock: Date.now }, config.times.maintenanceMs);
  const fleet = new Fleet(plan, { events, random: Math.random }, supervision(config));
  await using _fleet = { [Symbol.asyncDispose]: () => fleet.stop() };
  await fleet.start();
  using _memory = watchMemory({ children: fleet.supervisors, events }, config.nymClient.memory);
  const bridges = plan.endpoints.map((url, index) => {
    const bridge = connectBridge({ counters }, bridgeOptions(config, events, fleet, url, index));
    return watched(bridge, { events, fleet, load: () => pipeline.load(index) }, config);
  });
  await using _bridges = { [Symbol.asyncDispose]: () => closeAll(bridges) };

  const addresses = new Map<number, NymAddress>();
  const publish = createPublisher({ ...components, failed: (error) => failed.abort(error) }, publishing(config));
  const pipeline: Pipeline = startPipeline(
    {
      store,
      bridges,
      counters,
      uptime: () => performance.now(),
      context: decisionContext(config, { identity, epoch: store.epoch }, () => [...addresses.values()]),
      sign: (content) => sign("sha256", Buffer.from(content), identity.replyKey).toString("hex"),
      directory: identityKey(identity),
      signStatement: (text) => identity.sign(text),
      opened(client, address, surbsLost) {
        fleet.ready(client);
        events.bridgeOpened({ client, surbsLost });
        addresses.set(client, address);
        publish(client, address);
      },
      closed: (client) => events.bridgeClosed({ client }),
    },
    pipelineOptions(config),
  );
  const report = (): StatusReport => reportStatus({ version, startedAt, fleet, bridges, pipeline, addresses }, config);
  const administer = createAdministration(
    {
      ...{ store, events, clock: Date.now },
      sizes: () => databaseSizes(config.store.databasePath),
      released: (user, receipts) => pipeline.released(user, receipts),
    },
    { reservedNames: foldedNames(config), nameHold: config.times.nameHoldMs },
  );
  await using _control = await startControl({ status: report, administer, events }, runFolder(config));

  const stop = AbortSignal.any([signal, failed.signal]);
  if (!stop.aborted) await once(stop, "abort");
  events.directoryStopping({ reason: failed.signal.aborted ? "failure" : String(signal.reason) });
  const drained = new AbortController();
  const patience = sleep(config.times.drainMs, undefined, { signal: drained.signal }).catch(() => undefined);
  await Promise.race([pipeline.drain(), patience]);
  drained.abort();
  failed.signal.throwIfAborted();
}

/** The store has ended: nothing that the directory is for can be done any more. */
class StoreGoneError extends Error {
  override readonly name = "StoreGoneError";
}

/** The same bridge, watched unless that is off. A client that nobody supervises can only be connected to anew. */
function watched(
  bridge: Bridge,
  { events, fleet, load }: Pick<WatchComponents, "load"> & { readonly events: Events; readonly fleet: Fleet },
  { nymClient: { liveness, packetsPerSecond } }: Config,
): Bridge & Partial<WatchedBridge> {
  if (liveness === undefined) return bridge;
  const client = bridge.index;
  const isExpected = (): boolean => {
    const child = fleet.status(client);
    return child === undefined || child.state === "ready" || child.state === "easing";
  };
  const revive = (): void => {
    if (fleet.status(client) !== undefined) return fleet.restart(client, "liveness");
    events.bridgeReconnecting({ client });
    bridge.reconnect();
  };
  return watchBridge(bridge, { events, load, isExpected, revive }, { ...liveness, packetsPerSecond });
}

async function closeAll(bridges: readonly Bridge[]): Promise<void> {
  await Promise.all(bridges.map((bridge) => bridge[Symbol.asyncDispose]()));
}

async function openStore(config: Config, events: Events, failed: () => void): Promise<Store> {
  const { databasePath, mailbox, busyTimeoutMs, maxDatabaseBytes } = config.store;
  return openSqliteStore({
    path: databasePath,
    quota: config.limits && mailbox,
    busyTimeoutMs,
    sweepStep: SWEEP_ROWS,
    maxBytes: maxDatabaseBytes === 0 ? undefined : maxDatabaseBytes,
    now: Date.now,
    onFault({ code, fatal }) {
      events.storeFailed({ code, fatal });
      if (fatal) failed();
    },
  });
}
