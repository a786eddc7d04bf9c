/**
 * What was said, kept in a file of one JSON object a line (mode 0600), or for the time being in memory alone. What was
 * not read yet is known after a restart too.
 */
import { appendFile, readFile } from "node:fs/promises";
import { z } from "zod";
import type { Fate } from "../../src/client/client.js";
import { isSameName } from "../../src/protocol/v2/names.js";
import { replaceFile } from "../../src/util/atomic-file.js";

/** One message of a conversation. */
export interface Said {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whose conversation with us it belongs to: a name, or `#` and the id of a group. */
  readonly peer: string;
  /** Did we say it? */
  readonly own: boolean;
  readonly text: string;
  /** Who has said it in a group, when it was not us. */
  readonly author?: string | undefined;
  /** By which the account knows it. */
  readonly id?: string | undefined;
}

/** All conversations. */
export interface History {
  add(said: Said): void;
  /** Is a message of this id in it? */
  has(id: string): boolean;
  /** What has become of a message of ours. */
  settle(id: string, fate: Fate): void;
  /** The latest that became of it; `undefined` while it is under way, or was forgotten. */
  fateOf(id: string): Fate | undefined;
  /** Everything of this peer has been seen. */
  markRead(peer: string): void;
  /** The last messages of a conversation, in order. */
  last(peer: string, count: number): readonly Said[];
  /** How many messages of this peer have not been seen. */
  unread(peer: string): number;
  /** With whom there are conversations, groups among them, the latest last. */
  peers(): readonly string[];
  /** Our own last texts, the latest first: what the arrow keys bring back. */
  ownTexts(count: number): readonly string[];
  /** Resolves when everything is on the disk; rejects when something could not be written. */
  flush(): Promise<void>;
}

const FATES = ["stored", "delivered", "handedOver", "expired", "failed"] as const satisfies readonly Fate[];
const saidLine = z.object({
  at: z.number(),
  peer: z.string(),
  own: z.boolean(),
  text: z.string(),
  author: z.string().optional(),
  id: z.string().optional(),
});
const readLine = z.object({ read: z.string() });
const fateLine = z.object({ of: z.string(), fate: z.enum(FATES) });
const line = z.union([saidLine, readLine, fateLine]);
type Line = z.output<typeof line>;

/** So many lines are kept; when twice as many have come together the file is shortened. */
const LINES_KEPT = 5_000;

/** Opens the history in `file`; without one it is forgotten at the end. Lines that cannot be read are passed over. */
export async function openHistory(file: string | undefined): Promise<History> {
  const before = file === undefined ? [] : await readLines(file);
  const lines = before.slice(-LINES_KEPT);
  if (file !== undefined && before.length > 2 * LINES_KEPT) await replaceFile(file, lines.map(toText).join(""));
  let written: Promise<unknown> = Promise.resolve();

  const add = (entry: Line): void => {
    lines.push(entry);
    if (file !== undefined) written = written.then(() => appendFile(file, toText(entry), { mode: 0o600 }));
    // Whether it worked is told by `flush`.
    written.catch(() => undefined);
  };
  const said = (): Said[] => lines.filter((entry) => "text" in entry);
  const of = (peer: string): Said[] => said().filter((entry) => isSameName(entry.peer, peer));

  return {
    add,
    has: (id) => said().some((entry) => entry.id === id),
    settle: (of, fate) => add({ of, fate }),
    fateOf: (id) => lines.filter((entry) => "fate" in entry).findLast(({ of: one }) => one === id)?.fate,
    markRead: (peer) => add({ read: peer }),
    last: (peer, count) => of(peer).slice(-count),
    unread(peer) {
      const readAt = lines.findLastIndex((entry) => "read" in entry && isSameName(entry.read, peer));
      return lines.slice(readAt + 1).filter((entry) => "text" in entry && !entry.own && isSameName(entry.peer, peer))
        .length;
    },
    peers() {
      const names = new Map<string, string>();
      for (const { peer } of said()) {
        names.delete(peer.toLowerCase());
        names.set(peer.toLowerCase(), peer);
      }
      return [...names.values()];
    },
    ownTexts: (count) =>
      said()
        .filter(({ own, text }) => own && !text.includes("\n"))
        .slice(-count)
        .reverse()
        .map(({ text }) => text),
    flush: () => written.then(() => undefined),
  };
}

async function readLines(file: string): Promise<Line[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((each) => {
    try {
      return [line.parse(JSON.parse(each))];
    } catch {
      return [];
    }
  });
}

function toText(entry: Line): string {
  return `${JSON.stringify(entry)}\n`;
}
