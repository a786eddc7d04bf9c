/**
 * Where an account goes among the addresses of a pool. Its senderTag is constant for each address, so names are looked up
 * where nobody has heard the account's own name. With a single address that cannot be: look-ups can be linked to it.
 */
import type { NymAddress } from "../../protocol/nym-client/address.js";

/** The addresses that an account uses. */
export interface Places {
  /** Where it registers, logs in, sends and fetches. */
  readonly home: NymAddress;
  readonly lookups: NymAddress;
  /** Where its name is known: home, and every home before. */
  readonly knownAt: readonly NymAddress[];
}

/** Chooses among `pool`, which must not be empty, and changes as little as it can of what was chosen before. */
export function choosePlaces(pool: readonly NymAddress[], before: Places | undefined, random: () => number): Places {
  const home = before !== undefined && pool.includes(before.home) ? before.home : newHome(pool, before, random);
  const knownAt = [...new Set([...(before?.knownAt ?? []), home])];
  const isStranger = (address: NymAddress): boolean => !knownAt.includes(address);
  const keep = before !== undefined && pool.includes(before.lookups) && isStranger(before.lookups);
  if (keep) return { home, lookups: before.lookups, knownAt };
  const lookups =
    pick(pool.filter(isStranger), random) ??
    pick(
      pool.filter((each) => each !== home),
      random,
    ) ??
    home;
  return { home, lookups, knownAt };
}

/** Goes to another home than one that does not answer; `undefined` when there is none that is not used for look-ups. */
export function moveHome(pool: readonly NymAddress[], before: Places, random: () => number): Places | undefined {
  const free = pool.filter((address) => address !== before.home && address !== before.lookups);
  const home = pick(free, random);
  return home === undefined ? undefined : choosePlaces(pool, { ...before, home }, random);
}

/** Rather not where names were looked up. */
function newHome(pool: readonly NymAddress[], before: Places | undefined, random: () => number): NymAddress {
  const home =
    pick(
      pool.filter((address) => address !== before?.lookups),
      random,
    ) ?? pool[0];
  if (home === undefined) throw new RangeError("a directory has at least one address");
  return home;
}

function pick(from: readonly NymAddress[], random: () => number): NymAddress | undefined {
  return from[Math.floor(random() * from.length)];
}
