/** Makes news of what members say in a group, and takes in the keys that they hand each other. */
import { bytesToHex } from "@noble/curves/utils.js";
import { SEALED_FORM } from "../../protocol/v2/end-to-end.js";
import { openGroupMessage, sealingKeyOf } from "../../protocol/v2/group-messages.js";
import { isRole } from "../../protocol/v2/group-rules.js";
import type { GroupId } from "../../protocol/v2/groups.js";
import type { Item } from "../../protocol/v2/reply.js";
import { isSameName } from "../../protocol/v2/names.js";
import { AccountError, isVerdict } from "./account-error.js";
import type { GroupKeys } from "./group-keys.js";
import type { GroupLogs } from "./group-log.js";
import { standingOf } from "./group-state.js";
import { authorOfSigned, type OpeningComponents, openSealed } from "./opening.js";
import type { Read } from "./reading.js";

export interface GroupReadingComponents extends OpeningComponents {
  readonly logs: Pick<GroupLogs, "known" | "refresh">;
  readonly keys: Pick<GroupKeys, "known" | "learn" | "ask" | "wanted">;
  /** Something is to be handed to a member of the group. */
  readonly owed: (group: GroupId) => void;
}

type GroupMessage = Extract<Item, { readonly kind: "groupMessage" }>;

/** Reads a message to a group. Rejects with an `AccountError` when the directory could not be asked for what it takes. */
export async function readGroupMessage(components: GroupReadingComponents, item: GroupMessage): Promise<Read> {
  const { group, sender, id, epoch, body } = item;
  if (epoch !== undefined)
    return { news: { kind: "handshake", id: bytesToHex(id), group: bytesToHex(group), sender, epoch, body } };
  return body[0] === SEALED_FORM ? readAboutKey(components, item) : readText(components, item);
}

async function readText(components: GroupReadingComponents, item: GroupMessage): Promise<Read> {
  const { group, sender, id, body } = item;
  const { facts, keys } = components;
  const keyId = sealingKeyOf(body);
  if (keyId === undefined) return { refused: "malformed", sender };
  const known = keys.known(group, keyId);
  if (known === undefined || !isSameName(known.sender, sender)) {
    try {
      await keys.ask(group, keyId, sender);
    } catch (error) {
      if (!(error instanceof AccountError) || !isVerdict(error)) throw error;
      if (error.code === "keyChanged") return { held: sender };
      return { refused: "unreadable", sender };
    }
    return { held: sender, forKey: true };
  }
  const { identity: directory } = await facts.audience();
  const opened = await openGroupMessage(body, { directory, group, sender, id }, known.key);
  if (opened === undefined) return { refused: "unreadable", sender };
  const author = await authorOfSigned(components, sender, opened);
  if ("held" in author) return author;
  if ("refused" in author) return { ...author, sender };
  const { text, time } = opened.plaintext;
  const news = { kind: "groupMessage", id: bytesToHex(id), group: bytesToHex(group), text, at: time * 1_000 } as const;
  return { news: { ...news, ...author } };
}

/** A key, or that one is needed: nothing of this is news. */
async function readAboutKey(components: GroupReadingComponents, item: GroupMessage): Promise<Read> {
  const { group, sender } = item;
  const { keys, owed } = components;
  const opened = await openSealed(components, item);
  if ("held" in opened) return opened;
  if ("refused" in opened) return { ...opened, sender };
  const { plaintext } = opened;
  if (plaintext.kind !== "groupKey" && plaintext.kind !== "groupKeyWanted") return { refused: "malformed", sender };
  if (bytesToHex(plaintext.group) !== bytesToHex(group)) return { refused: "malformed", sender };
  const standing = await membershipOf(components, group, sender);
  if (standing !== "member") return standing === "unknown" ? { held: sender } : { refused: "notMember", sender };
  if (plaintext.kind === "groupKey") await keys.learn(group, sender, plaintext.key);
  else if (await keys.wanted(group, plaintext.key, sender)) owed(group);
  return plaintext.kind === "groupKey" ? { keyOf: sender } : {};
}

/** Is somebody in the group, by its log? `unknown` for as long as that was changed by a key that is not trusted. */
async function membershipOf(
  { logs }: GroupReadingComponents,
  group: GroupId,
  name: string,
): Promise<"member" | "none" | "unknown"> {
  if (isRole(standingOf(logs.known(group), name))) return "member";
  try {
    return isRole(standingOf(await logs.refresh(group), name)) ? "member" : "none";
  } catch (error) {
    if (!(error instanceof AccountError) || !isVerdict(error)) throw error;
    return error.code === "keyChanged" ? "unknown" : "none";
  }
}
