/**
 * Which address of a directory is used for what. Look-ups go to another one than everything else, because the directory
 * knows us by one senderTag at each; where nobody answers we go to the next.
 */
import type { NymAddress } from "../protocol/nym-client/address.js";
import { ClientError } from "./errors.js";

/** What an address is used for: `home` to log in and send, `lookups` to look others up. */
export type Use = "home" | "lookups";

export interface Addresses {
  /** How many there are. */
  readonly count: number;
  readonly home: NymAddress;
  readonly lookups: NymAddress;
  /**
   * Nobody answers at `from`: another is used from now on, unless one is already. Look-ups go to one that never was our
   * home, as long as there is one. Returns the new one; `undefined` when nothing has changed.
   */
  leave(use: Use, from: NymAddress): NymAddress | undefined;
}

/** Begins with the address at `start`. Throws a RangeError when there is none. */
export function createAddresses(all: readonly NymAddress[], start: number): Addresses {
  const ring = [...all.slice(start), ...all.slice(0, start)];
  const [first] = ring;
  if (first === undefined) throw new RangeError("directory must be one or more Nym addresses");
  const now = { home: first, lookups: ring[1] ?? first };
  const homes = new Set([first]);

  function after(address: NymAddress): NymAddress[] {
    const index = ring.indexOf(address);
    return [...ring.slice(index + 1), ...ring.slice(0, index)];
  }

  return {
    count: ring.length,
    get home() {
      return now.home;
    },
    get lookups() {
      return now.lookups;
    },
    leave(use, from) {
      if (now[use] !== from) return undefined;
      const others = after(from);
      const better = others.find((address) => (use === "home" ? address !== now.lookups : !homes.has(address)));
      const next = better ?? others[0];
      if (next === undefined) return undefined;
      now[use] = next;
      if (use === "home") homes.add(next);
      return next;
    },
  };
}

/** Addresses at which one thing is tried: with more, it would take for ever to learn that we are cut off ourselves. */
const TRIED = 2;

/** Holds a conversation at the address for `use`, and at the next when nobody answers there (`timeout`). */
export async function somewhere<T>(
  addresses: Addresses,
  use: Use,
  conversation: (address: NymAddress) => Promise<T>,
  moved: (to: NymAddress) => void,
): Promise<T> {
  for (let left = Math.min(addresses.count, TRIED) - 1; ; left--) {
    const address = addresses[use];
    try {
      return await conversation(address);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "timeout") throw error;
      const next = addresses.leave(use, address);
      if (next !== undefined) moved(next);
      if (left === 0) throw error;
    }
  }
}
