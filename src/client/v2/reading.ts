/** Makes news of what came: of a message when it is signed by the key that we trust for its sender. */
import { bytesToHex } from "@noble/curves/utils.js";
import { decodeContent } from "../../protocol/v1/message-content.js";
import type { Item } from "../../protocol/v2/reply.js";
import type { News, Refusal } from "./account-event.js";
import { AccountError, isVerdict } from "./account-error.js";
import type { GroupLogs } from "./group-log.js";
import { type GroupReadingComponents, readGroupMessage } from "./group-reading.js";
import { type OpeningComponents, openSealed } from "./opening.js";

export interface ReadingComponents extends GroupReadingComponents {
  readonly logs: Pick<GroupLogs, "known" | "refresh" | "entry">;
}

/** An item that is told to its reader. */
export type Told = Exclude<Item, { readonly kind: "receipt" }>;

/**
 * What came of it: news, a reason why it, or a part of it, is not shown, and who has handed us a key; or whom it has to wait for:
 * until their new key is trusted, or, `forKey`, until they have handed us the key of a message to a group.
 */
export type Read =
  | {
      readonly news?: News;
      readonly refused?: Refusal;
      readonly sender?: string | undefined;
      readonly keyOf?: string;
    }
  | { readonly held: string; readonly forKey?: true };

/** Reads an item. Rejects with an `AccountError` when the directory could not be asked for its sender. */
export async function readItem(components: ReadingComponents, item: Told): Promise<Read> {
  switch (item.kind) {
    case "v1":
      return { refused: "v1", sender: decodeContent(item.content)?.sender };
    case "message":
      return readMessage(components, item);
    case "contact":
      return readContactEvent(components, item);
    case "groupEvent":
      return readGroupEvent(components.logs, item);
    case "prekeys":
      return { news: { kind: "prekeysLow", id: `prekeys.${item.sequence}`, left: item.count } };
    case "groupMessage":
      return readGroupMessage(components, item);
  }
}

/** Who has caused an item, as far as it says. */
export function authorOf(item: Item): string | undefined {
  if ("sender" in item) return item.sender;
  return item.kind === "contact" ? item.name : undefined;
}

async function readMessage(
  components: OpeningComponents,
  item: Extract<Told, { readonly kind: "message" }>,
): Promise<Read> {
  const opened = await openSealed(components, item);
  if ("held" in opened) return opened;
  if ("refused" in opened) return { ...opened, sender: item.sender };
  const { plaintext, sender, firstContact } = opened;
  if (plaintext.kind !== "text") return { refused: "malformed", sender };
  const { text, time } = plaintext;
  return { news: { kind: "message", id: bytesToHex(item.id), sender, text, at: time * 1_000, firstContact } };
}

/** A note that cannot be shown takes nothing from the event, which the directory vouches for. */
async function readContactEvent(
  components: OpeningComponents,
  { name, verb, id, note: body }: Extract<Told, { readonly kind: "contact" }>,
): Promise<Read> {
  const news = { kind: "contact", verb, id: bytesToHex(id), name } as const;
  if (body.length === 0) return { news };
  const opened = await openSealed(components, { sender: name, id, body });
  if ("held" in opened) return opened;
  if ("refused" in opened) return { news, refused: opened.refused, sender: name };
  const { plaintext } = opened;
  if (plaintext.kind !== "note") return { news, refused: "malformed", sender: name };
  return { news: { ...news, note: plaintext.text } };
}

/** What cannot be read, or is not to be believed yet, leaves the event without its change. */
async function readGroupEvent(
  logs: ReadingComponents["logs"],
  { group, groupSequence: sequence }: Extract<Told, { readonly kind: "groupEvent" }>,
): Promise<Read> {
  const name = bytesToHex(group);
  const news = { kind: "groupChanged", id: `${name}.${sequence}`, group: name, sequence } as const;
  try {
    await logs.refresh(group);
    const entry = await logs.entry(group, sequence);
    return { news: entry === undefined ? news : { ...news, actor: entry.actor, change: entry.change } };
  } catch (error) {
    if (!(error instanceof AccountError)) throw error;
    if (error.code === "unverified") return { news, refused: "unsigned" };
    if (!isVerdict(error)) throw error;
    return { news };
  }
}
