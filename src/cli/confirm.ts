/** Asks whoever sits at the terminal whether something is to be done. */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { OperatorError } from "../util/operator-error.js";

/** Where a question is put, and where its answer is typed. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
}

/**
 * Whether it is confirmed: by `yes`, typed in full, and by nothing else. Throws an `OperatorError` when nobody is there to
 * be asked, whatever may come from elsewhere than a terminal.
 */
export async function confirm(question: string, { input, output }: Terminal): Promise<boolean> {
  if (input.isTTY !== true) {
    throw new OperatorError(
      "unconfirmed",
      "nobody is there to confirm this, and --yes was not given: nothing was done",
    );
  }
  // The terminal edits the line, and its keys for signals stay what they are.
  const lines = createInterface({ input, output, terminal: false });
  output.write(`${question}\nType yes to go on: `);
  try {
    return await new Promise((resolve) => {
      lines.once("line", (line) => resolve(line.trim().toLowerCase() === "yes"));
      lines.once("close", () => resolve(false));
    });
  } finally {
    lines.close();
  }
}
