/**
 * What the directory has kept for us of what we sent, conversation by conversation, and what waits there for us to read.
 * Copies are ours to open and nobody else's to make: `docs/protocol.md`, sections 9 and 19.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import { MAX_SURBS } from "../../protocol/v2/bodies.js";
import type { Conversation, HistoryBodies, KeptCopy } from "../../protocol/v2/history.js";
import { isSameName } from "../../protocol/v2/names.js";
import { HOUR_MS } from "../../util/time.js";
import { AccountError } from "./account-error.js";
import { type CopiesComponents, openOwn } from "./copies.js";
import type { AskHome, Sign } from "./inquiry.js";
import { groupOf, nameOf } from "./names.js";
import type { Seed } from "./seeds.js";

/** A message of ours that was sent with a copy, as the copy has it. */
export type KeptMessage = {
  /** Its place among all copies that we ever had kept: what follows is asked for by it. */
  readonly cursor: number;
  /** 32 hexadecimal digits, that `send` gave. */
  readonly id: string;
  /** When we wrote it, or, of an unreadable one, when the directory took it, to the hour: milliseconds since 1970. */
  readonly at: number;
} & (
  | { readonly kind: "direct"; readonly to: string; readonly text: string }
  | { readonly kind: "group"; readonly group: string; readonly text: string }
  | { readonly kind: "unreadable"; readonly reason: UnreadableReason }
);

/** Why a copy says nothing to us. */
export type UnreadableReason =
  /** Not in a form that is known. */
  | "malformed"
  /** None of our keys opens it: it was sealed by one that we do not have here, or is not our copy of that message. */
  | "sealed"
  /** It is our copy, of what we said in another conversation. */
  | "misplaced";

/** Messages of one sender that wait to be taken in. */
export interface Unread {
  /** As registered. */
  readonly sender: string;
  /** The id of the group to which they were sent; without it they are direct ones. */
  readonly group?: string;
  readonly messages: number;
}

/** Where to begin, and by what to read. */
export interface HistoryOptions {
  /** The cursor of the last copy that is known; default 0: from the first that is kept. */
  readonly after?: number;
  /** Earlier seeds of the account that this program of ours does not have. */
  readonly seeds?: readonly Seed[];
}

/**
 * The account's history at the directory, from the oldest on; it is asked for page by page, as far as it is read. Reading rejects
 * with an `AccountError`: `notRegistered`, `unverified` when the directory goes round in circles, `timeout`, `notConnected`.
 */
export interface History {
  /** What we sent to one user, by name in any case of its letters. Errors: `nameInvalid`. */
  with(name: string, options?: HistoryOptions): AsyncIterable<KeptMessage>;
  /** What we sent to one group. Errors: `notFound` for what is no id. */
  group(id: string, options?: HistoryOptions): AsyncIterable<KeptMessage>;
  all(options?: HistoryOptions): AsyncIterable<KeptMessage>;
  /** Whose messages the directory has for us that no program of ours has taken in, in the order in which they came. */
  unread(): Promise<readonly Unread[]>;
}

export interface HistoryComponents extends CopiesComponents {
  readonly askHome: AskHome;
  readonly sign: Sign;
}

type Whose = Pick<HistoryBodies["history"], "name" | "group">;

/** SURBs of a page, one more than its packets: with three the request takes one packet. */
const PAGE_SURBS = 3;

/** The history of the account in the book. */
export function createHistory(components: HistoryComponents): History {
  const { askHome, sign } = components;

  async function* read(
    whose: () => Whose,
    { after = 0, seeds = [] }: HistoryOptions = {},
  ): AsyncGenerator<KeptMessage> {
    const of = whose();
    let [last, surbs] = [after, PAGE_SURBS];
    for (;;) {
      const { copies, more } = await askHome("history", { ...of, after: last, packets: surbs - 1 }, { sign, surbs });
      for (const kept of copies) {
        if (kept.cursor <= last) throw new AccountError("unverified");
        last = kept.cursor;
        yield await open(kept, of.name ?? of.group, seeds);
      }
      if (!more) return;
      if (copies.length === 0 && surbs === MAX_SURBS) throw new AccountError("tooLarge");
      // The next copy alone is more than the packets that were asked for.
      surbs = copies.length === 0 ? Math.min(MAX_SURBS, 2 * surbs) : PAGE_SURBS;
    }
  }

  async function open(kept: KeptCopy, of: Conversation | undefined, seeds: readonly Seed[]): Promise<KeptMessage> {
    const known = { cursor: kept.cursor, id: bytesToHex(kept.id) };
    const unreadable = { ...known, kind: "unreadable", at: kept.hour * HOUR_MS } as const;
    const said = await openOwn(components, kept, seeds);
    if ("failure" in said) return { ...unreadable, reason: said.failure === "malformed" ? "malformed" : "sealed" };
    const { conversation, text } = said;
    if (of !== undefined && !isSame(of, conversation)) return { ...unreadable, reason: "misplaced" };
    const at = said.time * 1_000;
    return typeof conversation === "string"
      ? { ...known, kind: "direct", to: conversation, text, at }
      : { ...known, kind: "group", group: bytesToHex(conversation), text, at };
  }

  return {
    with: (name, options) => read(() => ({ name: nameOf(name) }), options),
    group: (id, options) => read(() => ({ group: groupOf(id) }), options),
    all: (options) => read(() => ({}), options),
    async unread() {
      const found = new Map<string, Unread>();
      for (let after = 0; ;) {
        const body = { after, packets: PAGE_SURBS - 1 };
        const { senders, more } = await askHome("unread", body, { sign, surbs: PAGE_SURBS });
        for (const { cursor, sender, group: id, messages } of senders) {
          if (cursor <= after) throw new AccountError("unverified");
          after = cursor;
          const group = id && bytesToHex(id);
          const key = `${sender.toLowerCase()} ${group ?? ""}`;
          // Of whom there are fewer by now, the later word is the true one.
          found.delete(key);
          found.set(key, { sender, messages, ...(group !== undefined && { group }) });
        }
        if (!more) return [...found.values()];
        if (senders.length === 0) throw new AccountError("unverified");
      }
    },
  };
}

function isSame(one: Conversation, other: Conversation): boolean {
  const [first, second] = [one, other].map((each) => (typeof each === "string" ? each : bytesToHex(each)));
  return typeof one === typeof other && isSameName(first ?? "", second ?? "");
}
