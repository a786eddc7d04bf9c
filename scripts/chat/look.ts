/** How a chat looks: times, names in their colours, messages, notes. */
import type { Fate } from "../../src/client/client.js";
import { columnsOf, pad, type Paint, printable } from "../terminal.js";
import type { Said } from "./history.js";

const COLOURS = ["cyan", "magenta", "yellow", "green", "blue", "redBright", "cyanBright", "magentaBright"] as const;
const NAME_COLUMNS = 8;

export interface Look {
  name(name: string): string;
  /** A message; `fate` is for our own: what has become of it, so far. */
  message(said: Said, author: string, fate?: Fate | "underWay"): string;
  /** Something that the program says. */
  note(text: string): string;
  warning(text: string): string;
  /** The border between what was seen and what was not. */
  border(): string;
  prompt(self: string, peer: string | undefined, unread: readonly { peer: string; count: number }[]): string;
  strong(text: string): string;
  /** A fingerprint in two rows, as two people read it to each other. */
  fingerprint(text: string): string;
}

/** The look with these colours; `now` (milliseconds since 1970) decides which times need a date. */
export function createLook(paint: Paint, now: () => number): Look {
  const name = (who: string): string => paint(["bold", colourOf(who)], who);
  return {
    name,
    message({ at, text, own }, author, fate) {
      const head = `${paint("dim", timeOf(at, now()))} ${pad(name(author), NAME_COLUMNS)} `;
      const body = printable(text).replaceAll("\n", `\n${" ".repeat(columnsOf(head))}`);
      return head + (own ? paint(fate === "underWay" ? "dim" : "reset", body) : body) + signOf(fate, paint);
    },
    note: (text) => `${paint("dim", "·")} ${text}`,
    warning: (text) => `${paint(["bold", "yellow"], "!")} ${text}`,
    border: () => paint("yellow", "──── new ────"),
    prompt(self, peer, unread) {
      const marks = unread.map(({ peer: who, count }) => `${who} ${count}`).join(", ");
      const waiting = marks === "" ? "" : ` ${paint("yellow", `[${marks}]`)}`;
      return `${name(self)}${peer === undefined ? "" : ` → ${name(peer)}`}${waiting} › `;
    },
    strong: (text) => paint("bold", text),
    fingerprint: (text) => (text.match(/.{1,40}/g) ?? []).map((row) => `\n    ${row.trimEnd()}`).join(""),
  };
}

function signOf(fate: Fate | "underWay" | undefined, paint: Paint): string {
  switch (fate) {
    case "underWay":
      return paint("dim", " …");
    case "stored":
    case "handedOver":
      return ` ${paint("green", "✓")}`;
    case "delivered":
      return ` ${paint("green", "✓✓")}`;
    case "expired":
    case "failed":
      return ` ${paint("red", "✗")}`;
    case undefined:
      return "";
  }
}

/** The same name always has the same colour. */
function colourOf(name: string): (typeof COLOURS)[number] {
  let sum = 0;
  for (const letter of name.toLowerCase()) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return COLOURS[sum % COLOURS.length] ?? "cyan";
}

/** Hours and minutes, with the day when it is not today's. Local time. */
function timeOf(at: number, now: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
