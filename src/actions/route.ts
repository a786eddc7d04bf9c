/** The routes of those who prove themselves: one that is still used is good for longer. */
import type { Change } from "../store/changes.js";
import type { User } from "../store/rows.js";
import { hourAfter } from "../util/time.js";
import type { DecisionContext, Dialect, Verified } from "./action.js";

/** Puts off the expiry of this user's route, if it is where their request came in. */
export function refreshRoute(
  { id: user }: Pick<User, "id">,
  { origin: route, keyVersion }: Pick<Verified<unknown, Dialect>, "origin" | "keyVersion">,
  { now, settings }: DecisionContext,
): Change {
  return { kind: "refreshRoute", user, keyVersion, route, expires: hourAfter(now + settings.routeTtl) };
}
