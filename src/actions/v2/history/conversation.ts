/** By what the directory knows one conversation of a user again: a digest that tells nobody else with whom it is. */
import { foldName, type UserId } from "../../../store/rows.js";
import type { Mac } from "../../action.js";

/** 16 bytes for the user's conversation with whoever has that name, whatever its case. */
export function conversationOf(user: UserId, name: string, mac: Mac): Uint8Array {
  return mac("conversation", user, foldName(name));
}
