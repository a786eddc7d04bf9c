/** The histories of the store that is a dumb model. */
import { MESSAGE_KINDS } from "../../src/protocol/v2/payload.js";
import {
  type CopyPage,
  type CopyRow,
  HEAD_BYTES,
  type HistoryChange,
  type HistoryLocator,
  type UnreadPage,
} from "../../src/store/history.js";
import type { UserId } from "../../src/store/identifiers.js";
import type { Hour } from "../../src/util/time.js";

interface Copy extends CopyRow {
  readonly conversation: string;
  readonly expires: Hour;
}
interface History {
  readonly last: number;
  readonly copies: readonly Copy[];
}
/** What waits in a mailbox. */
interface Waiting {
  readonly sequence: number;
  readonly origin: string;
  readonly payload: Uint8Array;
}

/** By user; each history is replaced as a whole. */
export type HistoryTable = Map<UserId, History>;

/** Keeps a copy, of a user who is there. */
export function keepCopy(
  table: HistoryTable,
  { user, conversation, id, copy, hour, expires, most }: HistoryChange,
): "applied" | "conflict" {
  if (most.copies < 1 || copy.length > most.bytes) return "conflict";
  const { last, copies } = table.get(user) ?? { last: 0, copies: [] };
  const sequence = last + 1;
  const fresh = {
    sequence,
    id: Buffer.from(id),
    copy: Buffer.from(copy),
    conversation: hex(conversation),
    hour,
    expires,
  };
  const all = [...copies, fresh];
  const size = (): number => all.reduce((sum, each) => sum + each.copy.length, 0);
  while (all.length > most.copies || size() > most.bytes) all.shift();
  table.set(user, { last: sequence, copies: all });
  return "applied";
}

/** Erases what has expired; how many there were. */
export function sweepHistories(table: HistoryTable, now: Hour): number {
  let count = 0;
  for (const [user, { last, copies }] of table) {
    const left = copies.filter(({ expires }) => expires >= now);
    count += copies.length - left.length;
    table.set(user, { last, copies: left });
  }
  return count;
}

/** The page of a history. */
export function readCopies(
  table: HistoryTable,
  { user, conversation, after, limit }: Extract<HistoryLocator, { table: "copies" }>,
  now: Hour,
): CopyPage {
  const found = (table.get(user)?.copies ?? [])
    .filter((each) => conversation === undefined || each.conversation === hex(conversation))
    .filter(({ sequence, expires }) => sequence > after && expires >= now)
    .map(({ sequence, id, copy, hour }) => ({ sequence, id, copy, hour }));
  return { copies: found.slice(0, limit), more: found.length > limit };
}

/** The page of what waits, from all that waits in the order of sequences. */
export function readUnread(
  waiting: readonly Waiting[],
  { after, limit }: Extract<HistoryLocator, { table: "unread" }>,
): UnreadPage {
  const messages = waiting.filter(({ payload }) => MESSAGE_KINDS.includes(payload[0] ?? -1));
  const found = messages.flatMap((first) => {
    const same = messages.filter(({ origin }) => origin === first.origin);
    if (same[0] !== first || first.sequence <= after) return [];
    return [{ sequence: first.sequence, head: first.payload.subarray(0, HEAD_BYTES), messages: same.length }];
  });
  return { origins: found.slice(0, limit), more: found.length > limit };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
