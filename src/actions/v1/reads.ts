/** The reads that actions of v1 have in common. */
import { isUsername } from "../../protocol/v1/username.js";
import { registrationsStopped } from "../../store/operators.js";
import { heldName, userByName } from "../../store/rows.js";
import type { RowKey, User } from "../../store/rows.js";

/** One user, or nothing to read. */
export type UserRead = { readonly user?: RowKey<User> };

/** The user of that name, whatever its case. What is no username is not looked up: nobody has it. */
export function userRead(name: string): UserRead {
  return isUsername(name) ? { user: userByName(name) } : {};
}

/** What a registration depends on, or nothing to read. */
export type RegistrationRead = UserRead & { readonly held?: RowKey<true>; readonly stopped?: RowKey<true> };

/** All that is known of that name, and whether names can be had at all. */
export function registrationRead(name: string): RegistrationRead {
  return isUsername(name) ? { ...userRead(name), held: heldName(name), stopped: registrationsStopped() } : {};
}
