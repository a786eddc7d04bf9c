/**
 * The running directory: every part, in the order in which a message passes them; stopped in the reverse order. This is
 * where implementations are chosen and wired; nothing else knows more of another part than its interface.
 */
import { randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DecisionContext } from "./actions/action.js";
import type { Bridge } from "./bridge/bridge.js";
import { type BridgeOptions, connectBridge } from "./bridge/socket.js";
import type { Config } from "./config/config.js";
import type { Identity } from "./identity/identity.js";
import { startMaintenance } from "./maintenance.js";
import { type PipelineOptions, startPipeline } from "./pipeline/pipeline.js";
import type { NymAddress } from "./protocol/nym-client/address.js";
import { createPublisher, type PublisherOptions } from "./publish-addresses.js";
import { foldName } from "./store/rows.js";
import { openSqliteStore } from "./store/sqlite/sqlite-store.js";
import type { Store } from "./store/store.js";
import { Fleet } from "./supervisor/fleet.js";
import { planOf } from "./supervisor/kinds/plan.js";
import type { SupervisorOptions } from "./supervisor/supervisor.js";
import { createCounters } from "./telemetry/counters.js";
import type { Events } from "./telemetry/events.js";
import { startSummary } from "./telemetry/summary.js";
import { createMac } from "./util/mac.js";

/** Parts end one after the other, when their turn has come. */
const NEVER = new AbortController().signal;
/** Expired rows erased in one transaction. */
const SWEEP_ROWS = 500;

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
  events.directoryStarting({ version, kind, clients: pool.length });
  if (kind === "loopback") events.loopbackInUse();
  if (kind === "wasm") events.wasmInUse();
  if (config.limits === undefined) events.limitsOff();

  const counters = createCounters();
  using _summary = startSummary({ counters, events }, config.log.summaryMs);
  const failed = new AbortController();
  await using store = await openStore(config, events, () => failed.abort(new StoreGoneError()));
  using _maintenance = startMaintenance({ store, events, counters, clock: Date.now }, config.times.maintenanceMs);
  const plan = await planOf(config);
  for (const notice of plan.notices ?? []) events[notice]();
  const fleet = new Fleet(plan, { events, random: Math.random }, supervision(config));
  await using _fleet = { [Symbol.asyncDispose]: () => fleet.stop() };
  await fleet.start();
  const bridges = plan.endpoints.map((url, index) =>
    connectBridge({ counters }, bridgeOptions(config, events, fleet, url, index)),
  );
  await using _bridges = { [Symbol.asyncDispose]: () => closeAll(bridges) };

  const publish = createPublisher({ ...components, failed: (error) => failed.abort(error) }, publishing(config));
  const pipeline = startPipeline(
    {
      store,
      bridges,
      counters,
      clock: Date.now,
      context: decisionContext(config, identity),
      sign: (content) => sign("sha256", Buffer.from(content), identity.replyKey).toString("hex"),
      opened(client, address, surbsLost) {
        fleet.ready(client);
        events.bridgeOpened({ client, surbsLost });
        publish(client, address);
      },
      closed: (client) => events.bridgeClosed({ client }),
    },
    pipelineOptions(config),
  );

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

function supervision(config: Config): SupervisorOptions {
  const { restartMinMs, restartMaxMs, stopGraceMs, startAllowanceMs } = config.nymClient;
  return {
    runFolder: join(config.dataDir, "run"),
    backOff: { minMs: restartMinMs, maxMs: restartMaxMs },
    stableAfterMs: restartMaxMs,
    graceMs: stopGraceMs,
    startAllowanceMs,
    signal: NEVER,
  };
}

function bridgeOptions(config: Config, events: Events, fleet: Fleet, url: string, index: number): BridgeOptions {
  const { frameMaxBytes, handshakeMs, pingMs, closeMs, askMs } = config.nymClient;
  const { reconnectMinMs, reconnectMaxMs, startAllowanceMs } = config.nymClient;
  return {
    index,
    url,
    signal: NEVER,
    frameMaxBytes,
    handshakeMs,
    pingMs,
    closeMs,
    reconnectMinMs,
    reconnectMaxMs,
    startAllowanceMs,
    askMs,
    queue: { items: config.bounds.inbox, bytes: config.bounds.inboxBytes },
    survived: fleet.survival(index),
    onFailedAttempt(code, inARow) {
      if (isWorthALine(inARow)) events.bridgeUnreachable({ client: index, code, attempts: inARow });
    },
  };
}

/** A Nym client needs some attempts to come up. After those, ever more rarely: at 32, 64, 128 .. */
function isWorthALine(attempts: number): boolean {
  return attempts >= 32 && Number.isInteger(Math.log2(attempts));
}

function pipelineOptions({ times, bounds, limits }: Config): PipelineOptions {
  return {
    delivery: { routeFresh: times.routeFreshMs, handOver: times.handoverMs, lanePoll: times.lanePollMs },
    backlog: { lane: bounds.lanePackets, client: bounds.backlogPackets },
    inbox: bounds.inbox,
    sessions: bounds.sessions,
    challenges: bounds.challenges,
    maxRequestBytes: bounds.requestBytes,
    limits: limits && {
      perTag: limits.tag,
      perUserSends: limits.user,
      budgets: {
        lookups: limits.lookups,
        registrations: limits.registrations,
        logins: limits.logins,
        sends: limits.sends,
      },
    },
  };
}

function publishing({ dataDir, nymClient }: Config): PublisherOptions {
  const ids = nymClient.pool.map(({ id }) => id);
  return { ids, addressFile: nymClient.addressFile, knownFile: join(dataDir, "known-addresses.json") };
}

function decisionContext({ times, reservedNames }: Config, identity: Identity): () => DecisionContext {
  const mac = createMac(identity.deriveKey("mac"));
  const settings = {
    challengeTtl: times.challengeMs,
    routeTtl: times.routeMs,
    messageTtl: times.messageMs,
    replayTtl: times.replayMs,
    reservedNames: new Set(reservedNames.map(foldName)),
  };
  return () => ({ now: Date.now(), random: randomBytes, settings, mac });
}
