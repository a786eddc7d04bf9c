/** The settings of the loopback mixnet. Every time is one, so that a test can run hours in milliseconds. */
import type { FaultChanges } from "./faults.js";

/** Settings of a mixnet; what is left out has its default. */
export interface LoopbackOptions {
  /** How many service clients there are, each with a port of its own. Default 1. */
  readonly services?: number;
  /** Name of the first service client; the others get `-1`, `-2`, .. appended. Default `nym-directory`. */
  readonly id?: string;
  /** The same seed makes the same decisions and the same senderTags. Default `loopback`. */
  readonly seed?: string;
  /** What the addresses are derived from, with the clients' names. Default `loopback`. */
  readonly identity?: string;
  /** Packets a second of a service client, at random intervals; `Infinity`: as fast as possible. Default 50. */
  readonly packetsPerSecond?: number;
  /** The same for the users. Default: as the service clients. */
  readonly userPacketsPerSecond?: number;
  /** SURBs of each tag that a service client keeps for asking for more. Default 1; the real client's own default is 10. */
  readonly reserve?: number;
  /** The same for the users. Default 10. */
  readonly userReserve?: number;
  /** How long a reply waits for SURBs before it is dropped. Default 45,000 ms. */
  readonly starvationMs?: number;
  /** How long after the last SURBs from a tag its replies must fit the SURBs at hand. Default 300,000 ms. */
  readonly latePushMs?: number;
  /** How long a client waits for an ack, beyond one and a half round trips. Default 1,500 ms. */
  readonly retransmitMs?: number;
  /** How often a packet of a reply is sent again at most. Default 10. */
  readonly replyRetransmissions?: number;
  /** How long a client that is restarted is away. Default 100 ms. */
  readonly restartMs?: number;
  /** How long a gateway keeps messages for a client that is away. Default 24 hours, in ms. */
  readonly gatewayKeepMs?: number;
  /** Faults from the start. */
  readonly faults?: FaultChanges;
}

/** Settings with no gaps. */
export type Settings = Required<LoopbackOptions>;

/** Fills in the defaults. Throws a RangeError that names a setting that cannot be. */
export function withDefaults(options: LoopbackOptions): Settings {
  const packetsPerSecond = options.packetsPerSecond ?? 50;
  const settings: Settings = {
    services: options.services ?? 1,
    id: options.id ?? "nym-directory",
    seed: options.seed ?? "loopback",
    identity: options.identity ?? "loopback",
    packetsPerSecond,
    userPacketsPerSecond: options.userPacketsPerSecond ?? packetsPerSecond,
    reserve: options.reserve ?? 1,
    userReserve: options.userReserve ?? 10,
    starvationMs: options.starvationMs ?? 45_000,
    latePushMs: options.latePushMs ?? 300_000,
    retransmitMs: options.retransmitMs ?? 1_500,
    replyRetransmissions: options.replyRetransmissions ?? 10,
    restartMs: options.restartMs ?? 100,
    gatewayKeepMs: options.gatewayKeepMs ?? 86_400_000,
    faults: options.faults ?? {},
  };
  for (const name of ["services", "reserve", "userReserve", "replyRetransmissions"] as const) {
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 0) throw new RangeError(`${name} must be a count`);
  }
  for (const name of ["packetsPerSecond", "userPacketsPerSecond", "starvationMs"] as const) {
    if (!(settings[name] > 0)) throw new RangeError(`${name} must be above 0`);
  }
  for (const name of ["latePushMs", "retransmitMs", "restartMs", "gatewayKeepMs"] as const) {
    if (!(settings[name] >= 0)) throw new RangeError(`${name} must not be negative`);
  }
  return settings;
}
