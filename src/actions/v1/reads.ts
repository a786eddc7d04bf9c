/** The read that most actions of v1 make. */
import { isUsername } from "../../protocol/v1/username.js";
import { userByName } from "../../store/rows.js";
import type { RowKey, User } from "../../store/rows.js";

/** One user, or nothing to read. */
export type UserRead = { readonly user?: RowKey<User> };

/** The user of that name, whatever its case. What is no username is not looked up: nobody has it. */
export function userRead(name: string): UserRead {
  return isUsername(name) ? { user: userByName(name) } : {};
}
