/** From the configuration to what each part of the directory is told of it. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { DecisionContext } from "./actions/action.js";
import type { BridgeOptions } from "./bridge/socket.js";
import type { Config } from "./config/config.js";
import { createFacts } from "./directory-facts.js";
import type { Identity } from "./identity/identity.js";
import type { NymAddress } from "./protocol/nym-client/address.js";
import type { PipelineOptions } from "./pipeline/pipeline.js";
import type { PublisherOptions } from "./publish-addresses.js";
import { foldName } from "./store/identifiers.js";
import type { Fleet } from "./supervisor/fleet.js";
import type { SupervisorOptions } from "./supervisor/supervisor.js";
import type { Events } from "./telemetry/events.js";
import { createMac } from "./util/mac.js";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const SEALED_REPLIES = 20_000;

/** Parts end one after the other, when their turn has come. */
const NEVER = new AbortController().signal;

/** The folder of what tells that, and how, the directory runs. */
export function runFolder(config: Pick<Config, "dataDir">): string {
  return join(config.dataDir, "run");
}

/** How children are kept alive. */
export function supervision(config: Config): SupervisorOptions {
  const { restartMinMs, restartMaxMs, stopGraceMs, startAllowanceMs } = config.nymClient;
  return {
    runFolder: runFolder(config),
    backOff: { minMs: restartMinMs, maxMs: restartMaxMs },
    stableAfterMs: restartMaxMs,
    graceMs: stopGraceMs,
    startAllowanceMs,
    signal: NEVER,
  };
}

/** How the Nym client at position `index` of the pool is reached. */
export function bridgeOptions(config: Config, events: Events, fleet: Fleet, url: string, index: number): BridgeOptions {
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
    outboxBytes: config.bounds.outboxBytes,
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

/** How requests are bounded and messages handed over. */
export function pipelineOptions({ times, bounds, limits }: Config): PipelineOptions {
  return {
    delivery: {
      routeFresh: times.routeFreshMs,
      handOver: times.handoverMs,
      lanePoll: times.lanePollMs,
      ack: times.ackMs,
      ackMax: times.ackMaxMs,
    },
    backlog: { lane: bounds.lanePackets, client: bounds.backlogPackets },
    inbox: bounds.inbox,
    sessions: bounds.sessions,
    challenges: bounds.challenges,
    sealed: SEALED_REPLIES,
    maxRequestBytes: bounds.requestBytes,
    limits: limits && { perTag: limits.tag, perUser: limits.user, budgets: limits.budgets },
  };
}

/** The names that are reserved by a setting. */
export function foldedNames({ reservedNames }: Pick<Config, "reservedNames">): ReadonlySet<string> {
  return new Set(reservedNames.map(foldName));
}

/** Where the directory's addresses are made known. */
export function publishing({ dataDir, nymClient }: Config): PublisherOptions {
  const ids = nymClient.pool.map(({ id }) => id);
  return { ids, addressFile: nymClient.addressFile, knownFile: join(dataDir, "known-addresses.json") };
}

/** Gives the context of a decision taken now. `addresses`: those of the pool that are known. */
export function decisionContext(
  { times, bounds, store, reservedNames }: Config,
  { identity, epoch }: { readonly identity: Identity; readonly epoch: number },
  addresses: () => readonly NymAddress[],
): () => DecisionContext {
  const mac = createMac(identity.deriveKey("mac"));
  const factsOf = createFacts(
    { identity, epoch },
    {
      window: Math.floor(times.requestWindowMs / SECOND_MS),
      outcomes: Math.floor(times.outcomeMs / SECOND_MS),
      challenge: Math.floor(times.challengeMs / SECOND_MS),
      maxBody: bounds.bodyBytes,
      maxHours: Math.floor(times.messageMs / HOUR_MS),
    },
  );
  const settings = {
    challengeTtl: times.challengeMs,
    routeTtl: times.routeMs,
    messageTtl: times.messageMs,
    replayTtl: times.replayMs,
    requestWindow: times.requestWindowMs,
    outcomeTtl: times.outcomeMs,
    nameHold: times.nameHoldMs,
    recoveryWindow: times.recoveryMs,
    maxBodyBytes: bounds.bodyBytes,
    mailbox: store.mailbox,
    groups: store.groups,
    contacts: store.contacts,
    contactRequestTtl: times.contactRequestMs,
    prekeys: store.prekeys,
    history: store.history,
    copyTtl: times.copyMs,
    reservedNames: foldedNames({ reservedNames }),
  };
  return () => ({ now: Date.now(), random: randomBytes, settings, mac, directory: factsOf(addresses()) });
}
