/**
 * A line that is being typed, and everything else above it. On a terminal what is printed never destroys the line; into
 * a pipe there are just lines.
 */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import { createInbox } from "../../src/client/inbox.js";
import { columnsOf } from "../terminal.js";

/** Something printed whose end is not known yet. */
export interface Pending {
  /**
   * Puts `text` in its place; after something else was printed it stays as it is, and nothing is printed. Into a pipe only
   * the first one goes.
   */
  settle(text: string): void;
}

export interface Screen {
  readonly interactive: boolean;
  /** Lines typed, in order. Ends with Ctrl-D, Ctrl-C or `close`. */
  readonly lines: AsyncIterable<string>;
  print(text: string): void;
  /** Prints what is about to be settled. Into a pipe only the settled text goes. */
  printPending(text: string): Pending;
  setPrompt(text: string): void;
  close(): void;
}

export interface ScreenOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns?: number };
  /** Are they a terminal? */
  readonly interactive: boolean;
  /** What a typed beginning may become. */
  readonly complete: (line: string) => string[];
  /** Does a typed line stay on the screen? Otherwise something else is shown in its place. */
  readonly keepTyped: (line: string) => boolean;
  /** What the arrow keys bring back, the latest first. */
  readonly history: readonly string[];
}

const DEFAULT_COLUMNS = 80;
const HISTORY_SIZE = 200;

/** A screen that is ready to be typed at. */
export function createScreen(options: ScreenOptions): Screen {
  const { input, output, interactive } = options;
  const editor = createInterface({
    input,
    output,
    terminal: interactive,
    prompt: "",
    completer: (line: string): [string[], string] => [options.complete(line), line],
    history: [...options.history],
    historySize: HISTORY_SIZE,
    removeHistoryDuplicates: true,
  });
  const lines = createInbox<string>();
  const screen = interactive ? terminalScreen(editor, options, lines) : pipeScreen(editor, options, lines);
  editor.on("line", (line) => lines.put(line));
  editor.on("close", () => lines.close());
  return screen;
}

function pipeScreen(editor: Interface, { output }: ScreenOptions, lines: AsyncIterable<string>): Screen {
  const print = (text: string): void => void output.write(`${text}\n`);
  return {
    interactive: false,
    lines,
    print,
    printPending() {
      let settled = false;
      return {
        settle(text) {
          if (!settled) print(text);
          settled = true;
        },
      };
    },
    setPrompt: () => undefined,
    close: () => editor.close(),
  };
}

function terminalScreen(editor: Interface, { output, keepTyped }: ScreenOptions, lines: AsyncIterable<string>): Screen {
  let printed = 0;
  let closed = false;
  const columns = (): number => output.columns ?? DEFAULT_COLUMNS;
  const rowsOf = (text: string): number =>
    text.split("\n").reduce((rows, line) => rows + Math.max(1, Math.ceil(columnsOf(line) / columns())), 0);

  editor.on("close", () => {
    closed = true;
    replace("");
  });
  editor.on("SIGINT", () => editor.close());
  editor.on("line", (line) => {
    if (!keepTyped(line)) {
      // The cursor stands below what was typed, which took one row more where it filled the last one.
      moveCursor(output, 0, -(Math.floor(columnsOf(editor.getPrompt() + line) / columns()) + 1));
      clearScreenDown(output);
    }
    editor.prompt();
  });

  /** Clears the line being typed off the screen, with `rows` rows above it, and writes `text` in its place. */
  const replace = (text: string, rows = 0): void => {
    moveCursor(output, 0, -(editor.getCursorPos().rows + rows));
    cursorTo(output, 0);
    clearScreenDown(output);
    output.write(text);
    // The editor remembers where its line began, which after a paste is not where it did; now it begins here.
    Object.assign(editor, { prevRows: 0 });
  };

  const print = (text: string, rows = 0): void => {
    if (closed) {
      output.write(`${text}\n`);
      return;
    }
    replace(`${text}\n`, rows);
    editor.prompt(true);
  };

  return {
    interactive: true,
    lines,
    print(text) {
      printed += 1;
      print(text);
    },
    printPending(text) {
      printed += 1;
      const position = printed;
      print(text);
      return {
        settle(settled) {
          if (printed === position && !closed) print(settled, rowsOf(text));
        },
      };
    },
    setPrompt(text) {
      if (!closed) replace("");
      editor.setPrompt(text);
      if (!closed) editor.prompt(true);
    },
    close: () => editor.close(),
  };
}
