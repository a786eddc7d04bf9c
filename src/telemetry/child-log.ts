/**
 * Brings a child's own log into ours: line by line, redacted, at most so many lines a minute and none twice, since what
 * a Nym client logs can be caused by strangers.
 */
import type { Clock } from "../util/time.js";
import { createChildLineReader, type ChildLine } from "./child-line.js";
import type { Events } from "./events.js";
import { redact } from "./redact.js";

const WINDOW_MS = 60_000;
/** Lines of each level that are passed on in a minute. */
const LINES_PER_WINDOW = 30;
/** Longer lines are cut, and what could have been cut in two is taken out. */
const MAX_LINE_BYTES = 2_048;

export interface ChildLogComponents {
  readonly events: Pick<
    Events,
    "nymClientWarns" | "nymClientSays" | "nymClientWarningsSuppressed" | "nymClientLinesSuppressed"
  >;
  readonly clock: Clock;
}

/** The log of one child, through all its restarts. */
export class ChildLog {
  readonly #components: ChildLogComponents;
  readonly #child: string;
  readonly #seen = { warn: new Set<string>(), debug: new Set<string>() };
  readonly #suppressed = { warn: 0, debug: 0 };
  #windowEnds = 0;

  constructor(components: ChildLogComponents, child: string) {
    this.#components = components;
    this.#child = child;
  }

  /** A sink for one output stream of the child; `end` passes on a last line that was not ended. */
  stream(): { write(chunk: Buffer): void; end(): void } {
    const read = createChildLineReader();
    const splitter = new LineSplitter((line) => this.#pass(read(line)));
    return { write: (chunk) => splitter.write(chunk), end: () => splitter.end() };
  }

  /** Reports the lines that were kept back since they were last reported. */
  flush(): void {
    const { events } = this.#components;
    const { warn, debug } = this.#suppressed;
    if (warn > 0) events.nymClientWarningsSuppressed({ child: this.#child, lines: warn });
    if (debug > 0) events.nymClientLinesSuppressed({ child: this.#child, lines: debug });
    for (const level of ["warn", "debug"] as const) {
      this.#suppressed[level] = 0;
      this.#seen[level].clear();
    }
  }

  #pass({ level, at, text }: ChildLine): void {
    if (text === "") return;
    const now = this.#components.clock();
    if (now >= this.#windowEnds) {
      this.flush();
      this.#windowEnds = now + WINDOW_MS;
    }
    const seen = this.#seen[level];
    const key = `${at ?? ""} ${text}`;
    if (seen.has(key) || seen.size >= LINES_PER_WINDOW) {
      this.#suppressed[level]++;
      return;
    }
    seen.add(key);
    const fields = { child: this.#child, at: at === undefined ? undefined : redact(at), text: redact(text) };
    if (level === "warn") this.#components.events.nymClientWarns(fields);
    else this.#components.events.nymClientSays(fields);
  }
}

/** Cuts a stream into lines, holding at most one line of bounded length. */
class LineSplitter {
  readonly #onLine: (line: string) => void;
  #pending = "";
  #overlong = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    const lines = chunk.toString("latin1").split("\n");
    const rest = lines.pop() ?? "";
    for (const line of lines) {
      this.#extend(line);
      this.end();
    }
    this.#extend(rest);
  }

  end(): void {
    const line = this.#overlong ? withoutLastWord(this.#pending) : this.#pending;
    this.#pending = "";
    this.#overlong = false;
    if (line !== "") this.#onLine(line);
  }

  #extend(part: string): void {
    const room = MAX_LINE_BYTES - this.#pending.length;
    this.#overlong ||= part.length > room;
    this.#pending += part.slice(0, room);
  }
}

/** A word that was cut in two could be the harmless-looking half of a tag. */
function withoutLastWord(line: string): string {
  return line.replace(/\S*$/, "...");
}
