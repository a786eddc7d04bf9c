/** Copies that senders have kept for themselves, and by what the directory knows one conversation of a user again. */
import type { Conversation } from "../../../protocol/v2/history.js";
import type { RequestId } from "../../../protocol/v2/terms.js";
import type { Change } from "../../../store/changes.js";
import { foldName, type UserId } from "../../../store/identifiers.js";
import { hourAfter } from "../../../util/time.js";
import type { DecisionContext, DecisionSettings, Mac } from "../../action.js";

/** 16 bytes for a conversation of the user's: a digest that tells nobody else with whom it is. */
export function conversationOf(user: UserId, conversation: Conversation, mac: Mac): Uint8Array {
  return typeof conversation === "string"
    ? mac("conversation", user, foldName(conversation))
    : mac("conversation", "group", user, conversation);
}

/** Is this copy too large to be kept? */
export function isTooLarge(copy: Uint8Array | undefined, { maxBodyBytes, history }: DecisionSettings): boolean {
  return copy !== undefined && copy.length > Math.min(maxBodyBytes, history.bytes);
}

/** Keeps the copy of what the user sends with the request of that id, if there is one. */
export function keptCopies(
  { id: user }: { readonly id: UserId },
  {
    id,
    conversation,
    copy,
  }: { readonly id: RequestId; readonly conversation: Conversation; readonly copy: Uint8Array | undefined },
  { mac, now, settings }: DecisionContext,
): readonly Change[] {
  if (copy === undefined) return [];
  const expires = hourAfter(now + settings.copyTtl);
  const most = settings.history;
  const hour = hourAfter(now);
  return [
    { kind: "keepCopy", user, conversation: conversationOf(user, conversation, mac), id, copy, hour, expires, most },
  ];
}
