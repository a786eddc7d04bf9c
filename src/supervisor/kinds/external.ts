/** Nym clients that somebody else runs: we only connect. */
import type { LaunchPlan, LaunchSettings } from "./kind.js";

/** Connect to every URL, launch nothing. */
export function planExternal({ nymClient }: Pick<LaunchSettings, "nymClient">): LaunchPlan {
  return { endpoints: nymClient.pool.map(({ url }) => url), children: [] };
}
