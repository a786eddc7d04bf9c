/** Names of users, and ids of groups, as callers write them. */
import { hexToBytes } from "@noble/curves/utils.js";
import type { GroupId } from "../../protocol/v2/groups.js";
import { type UserName, userName } from "../../protocol/v2/names.js";
import { AccountError } from "./account-error.js";

/** The name. Throws `nameInvalid` when it can be nobody's. */
export function nameOf(text: string): UserName {
  const name = userName(text);
  if (name === undefined) throw new AccountError("nameInvalid");
  return name;
}

/** The id that is written so, in 32 hexadecimal digits. What is no id is that of no group: throws `notFound`. */
export function groupOf(id: string): GroupId {
  if (!/^[0-9a-f]{32}$/i.test(id)) throw new AccountError("notFound");
  return hexToBytes(id.toLowerCase()) as GroupId;
}
