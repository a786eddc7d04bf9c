/** Nym clients that somebody else runs: we only connect. */
import type { LaunchPlan } from "./kind.js";
import type { LaunchSettings } from "./plan.js";

/** Connect to every URL, launch nothing. */
export function planExternal({ nymClient }: Pick<LaunchSettings, "nymClient">): LaunchPlan {
  return { endpoints: nymClient.pool.map(({ url }) => url), children: [] };
}
