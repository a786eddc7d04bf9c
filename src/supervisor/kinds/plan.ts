/** The launch plan of each kind of Nym client: a total table over the kinds that can be set. */
import type { Config } from "../../config/config.js";
import { planExternal } from "./external.js";
import type { LaunchPlan, LaunchSettings } from "./kind.js";
import { planLoopback } from "./loopback.js";
import { planNative } from "./native.js";
import { planWasm } from "./wasm.js";

/** The plan for the kind that is set. Throws an `OperatorError` if there can be none. */
export async function planOf(settings: LaunchSettings): Promise<LaunchPlan> {
  return await PLANS[settings.nymClient.kind](settings);
}

const PLANS: Readonly<
  Record<Config["nymClient"]["kind"], (settings: LaunchSettings) => LaunchPlan | Promise<LaunchPlan>>
> = {
  native: planNative,
  wasm: planWasm,
  external: planExternal,
  loopback: planLoopback,
};
