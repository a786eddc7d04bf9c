/** How the demonstration looks: numbered steps, what travels, what comes of it. */
import type { ClientEvent } from "../../src/client/client.js";
import { pad, type Paint } from "../terminal.js";

/** Writes the demonstration line by line. */
export interface Stage {
  title(text: string, subtitle: string): void;
  step(text: string): void;
  /** What came of the step. */
  outcome(text: string): void;
  /** A message of one person to another. */
  speech(who: string, text: string): void;
  /** A fact with a short label before it. */
  fact(label: string, text: string): void;
  gap(): void;
  /** Shows what a client sends and receives, under its name. */
  watch(name: string): (event: ClientEvent) => void;
}

const NAME_COLUMNS = 6;
const ACTION_COLUMNS = 23;
const COUNT_COLUMNS = 11;
const LABEL_COLUMNS = 10;
const COLOURS = ["cyan", "magenta", "yellow"] as const;

/** A stage that writes whole lines. */
export function createStage(write: (line: string) => void, paint: Paint): Stage {
  let steps = 0;
  const colours = new Map<string, (typeof COLOURS)[number]>();
  const named = (name: string): string => {
    const colour = colours.get(name) ?? COLOURS[colours.size % COLOURS.length] ?? "cyan";
    colours.set(name, colour);
    return paint(colour, name);
  };
  const travels = (name: string, up: boolean, action: string, bytes: number, packets: number, surbs?: number): void => {
    const arrow = up ? "──▶" : "◀──";
    const count = `${packets} ${packets === 1 ? "packet" : "packets"}`;
    const brings = surbs === undefined ? "" : `with ${surbs} SURBs`;
    const cost = `${String(bytes).padStart(5)} bytes  ${pad(count, COUNT_COLUMNS)}${brings}`.trimEnd();
    write(`     ${pad(named(name), NAME_COLUMNS)}${arrow} ${pad(action, ACTION_COLUMNS)}${paint("dim", cost)}`);
  };
  return {
    title(text, subtitle) {
      write("");
      write(`  ${paint(["bold", "green"], text)}  ${paint("dim", subtitle)}`);
    },
    step(text) {
      steps += 1;
      write("");
      write(`  ${paint(["bold", "green"], String(steps))}  ${paint("bold", text)}`);
    },
    outcome: (text) => write(`     ${paint("green", "✓")} ${text}`),
    speech: (who, text) => write(`     ${pad(named(who), NAME_COLUMNS)}${paint("bold", `“${text}”`)}`),
    fact: (label, text) => write(`     ${paint("dim", pad(label, LABEL_COLUMNS))}${text}`),
    gap: () => write(""),
    watch: (name) => (event) => {
      if (event.type === "sent") travels(name, true, event.action, event.bytes, event.packets, event.surbs);
      if (event.type === "received") travels(name, false, event.kind, event.bytes, event.packets);
    },
  };
}
