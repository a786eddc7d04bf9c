/** Whether a name can be had. */
import type { UserName } from "../../protocol/v2/names.js";
import { registrationsStopped } from "../../store/operators.js";
import { heldName, userByName } from "../../store/rows.js";
import { foldName } from "../../store/identifiers.js";
import type { RowKey, User } from "../../store/rows.js";
import type { DecisionContext } from "../action.js";

/** All that is known of a name, and whether names can be had at all. */
export type NameReads = { readonly user: RowKey<User>; readonly held: RowKey<true>; readonly stopped: RowKey<true> };

/** The rows of that name. */
export function nameReads(name: UserName): NameReads {
  return { user: userByName(name), held: heldName(name), stopped: registrationsStopped() };
}

/** Is it nobody's, and neither reserved nor held back after its release? */
export function isAvailable(
  name: UserName,
  { user, held }: { readonly user: User | undefined; readonly held: true | undefined },
  { settings }: DecisionContext,
): boolean {
  return user === undefined && held === undefined && !settings.reservedNames.has(foldName(name));
}
