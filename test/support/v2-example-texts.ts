/** The worked examples as docs/protocol.md shows them: in hex, and in diagnostic notation (RFC 8949, section 8). */
import { type Cbor, decodeCbor } from "../../src/protocol/v2/cbor.js";
import type { Example, Piece } from "./v2-examples.js";

const LINE = 140;

/** One example as Markdown. */
export function exampleText({ heading, pieces }: Example): string {
  return [`### ${heading}`, ...pieces.map(pieceText)].join("\n\n");
}

function pieceText({ title, bytes }: Piece): string {
  const hex =
    Buffer.from(bytes)
      .toString("hex")
      .match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return [`${title}, ${bytes.length} bytes:`, "", "```text", ...hex, "", ...diagnosticLines(bytes), "```"].join("\n");
}

/** One item in diagnostic notation, in lines as full as they can be. */
function diagnosticLines(bytes: Uint8Array): string[] {
  const read = decodeCbor(bytes, { items: 10_000, containers: 10_000 });
  if (read?.length !== bytes.length) throw new Error("no item");
  const lines: string[] = [];
  for (const word of wordsOf(read.item)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= LINE) lines.splice(-1, 1, `${line} ${word}`);
    else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines;
}

/** The notation of an item, cut where a line may end. */
function wordsOf(item: Cbor): string[] {
  if (item instanceof Uint8Array) return [`h'${Buffer.from(item).toString("hex")}'`];
  if (item instanceof Map) {
    const entries = Array.from(item as ReadonlyMap<number, Cbor>);
    return enclosed("{", entries.map(([key, value]) => glued(`${key}: `, wordsOf(value))), "}"); // prettier-ignore
  }
  if (Array.isArray(item)) return enclosed("[", (item as readonly Cbor[]).map(wordsOf), "]");
  return [JSON.stringify(item)];
}

function enclosed(open: string, parts: readonly (readonly string[])[], close: string): string[] {
  const words = parts.flatMap((part, at) => (at < parts.length - 1 ? glued("", part, ",") : part));
  return words.length === 0 ? [open + close] : glued(open, words, close);
}

/** The same words with something before the first and behind the last. */
function glued(before: string, words: readonly string[], behind = ""): string[] {
  return words.map((word, at) => `${at === 0 ? before : ""}${word}${at === words.length - 1 ? behind : ""}`);
}
