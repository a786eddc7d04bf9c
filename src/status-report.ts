/** How the running directory and each of its Nym clients are, put together from the parts that know. */
import type { Config } from "./config/config.js";
import type { ClientReport, StatusReport } from "./control/protocol.js";
import type { WatchedBridge } from "./liveness/watch.js";
import type { Pipeline } from "./pipeline/pipeline.js";
import type { NymAddress } from "./protocol/nym-client/address.js";
import type { Fleet } from "./supervisor/fleet.js";

/** Who knows what. */
export interface StatusSources {
  readonly version: string;
  /** Milliseconds, as `performance.now` had them. */
  readonly startedAt: number;
  readonly fleet: Pick<Fleet, "status">;
  /** In pool order; one that is not watched misses nothing. */
  readonly bridges: readonly Partial<Pick<WatchedBridge, "misses">>[];
  readonly pipeline: Pick<Pipeline, "load" | "underWay">;
  readonly addresses: ReadonlyMap<number, NymAddress>;
}

/** The report of now. */
export function reportStatus(sources: StatusSources, { nymClient }: Pick<Config, "nymClient">): StatusReport {
  const limit = nymClient.liveness?.misses ?? Infinity;
  const clients = nymClient.pool.map(({ id }, client) => reportClient(sources, { client, id, limit }));
  return {
    version: sources.version,
    kind: nymClient.kind,
    uptimeSeconds: toSeconds(performance.now() - sources.startedAt),
    serving: clients.every(({ serving }) => serving),
    requestsUnderWay: sources.pipeline.underWay,
    clients,
  };
}

function reportClient(
  { fleet, bridges, pipeline, addresses }: StatusSources,
  { client, id, limit }: { readonly client: number; readonly id: string; readonly limit: number },
): ClientReport {
  const child = fleet.status(client);
  const { open, sessions, lanes, queued } = pipeline.load(client);
  const missedChecks = bridges[client]?.misses ?? 0;
  const up = child === undefined || child.state === "ready" || child.state === "easing";
  return {
    client,
    id,
    state: child?.state ?? "external",
    serving: up && open && missedChecks < limit,
    connected: open,
    address: addresses.get(client) ?? null,
    pid: child?.pid ?? null,
    ageSeconds: child?.ageMs === undefined ? null : toSeconds(child.ageMs),
    restarts: child?.restarts ?? 0,
    missedChecks,
    senders: sessions,
    lanes,
    queuedPackets: queued,
  };
}

function toSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
