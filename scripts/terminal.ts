/** Writing for people: colours only where they are seen, and columns that line up. */
import { stripVTControlCharacters, styleText } from "node:util";

/** What `styleText` takes: a colour or a modifier, or several. */
export type Format = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is. */
export type Paint = (format: Format, text: string) => string;

/** Where output goes, as far as colours are concerned. */
interface ColourStream {
  readonly isTTY?: boolean | undefined;
  /** Obeys NO_COLOR and TERM. */
  hasColors?(): boolean;
}

/** Colours for a terminal that has them; none into a file or a pipe, and none when the environment asks for none. */
export function painterFor(stream: ColourStream): Paint {
  const coloured = stream.isTTY === true && stream.hasColors?.() === true;
  // Older versions ignore the last argument, newer ones would otherwise look at stdout and the environment themselves.
  return coloured ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text;
}

/** Characters that take two columns: East Asian wide ones and emoji, by their blocks. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const characters = new Intl.Segmenter();

/** Columns that a line of text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of characters.segment(stripVTControlCharacters(text))) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** Control characters as visible signs, so that what others wrote cannot steer our terminal. */
export function printable(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** `text` and spaces up to `columns`. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}
