/** Names as callers write them. */
import { type UserName, userName } from "../../protocol/v2/names.js";
import { AccountError } from "./account-error.js";

/** The name. Throws `nameInvalid` when it can be nobody's. */
export function nameOf(text: string): UserName {
  const name = userName(text);
  if (name === undefined) throw new AccountError("nameInvalid");
  return name;
}
