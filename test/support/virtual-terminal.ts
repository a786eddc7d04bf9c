/**
 * A terminal without a window: takes what a program writes, knows what would be seen, and has a keyboard. Understands
 * what node:readline uses: cursor movement, erasing, and wrapping at the last column.
 */
import { PassThrough, Writable } from "node:stream";

export class VirtualTerminal extends Writable {
  readonly isTTY = true;
  readonly columns: number;
  /** What is typed. */
  readonly keyboard = new PassThrough();
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 80) {
    super({ decodeStrings: false });
    this.columns = columns;
  }

  hasColors(): boolean {
    return false;
  }

  /** Presses one key after the other. */
  async type(text: string): Promise<void> {
    for (const [key] of text.matchAll(/\u001b\[[A-Z]|[^]/gu)) await this.paste(key);
  }

  /** All at once, as a paste comes. */
  async paste(text: string): Promise<void> {
    this.keyboard.write(text);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What is seen, without blank lines at the end. */
  get text(): string {
    return this.#lines
      .map((cells) => cells.join("").trimEnd())
      .join("\n")
      .trimEnd();
  }

  /** Where the cursor stands: row and column, from 0. */
  get cursor(): readonly [number, number] {
    return [this.#row, this.#column];
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = chunk.toString();
    const pattern = /\u001b\[(\d*)(?:;\d*)*([A-Za-z])|([^])/gu;
    for (const [, count = "", command, character] of text.matchAll(pattern))
      if (command === undefined) this.#put(character ?? "");
      else this.#move(command, count === "" ? undefined : Number(count));
    done();
  }

  #put(character: string): void {
    if (character === "\n") {
      // As a terminal driver has it, in raw mode too.
      this.#column = 0;
      this.#down();
    } else if (character === "\r") this.#column = 0;
    else if (character >= " ") {
      if (this.#column >= this.columns) {
        this.#column = 0;
        this.#down();
      }
      const cells = this.#cells();
      while (cells.length < this.#column) cells.push(" ");
      cells[this.#column] = character;
      this.#column += 1;
    }
  }

  #move(command: string, count: number | undefined): void {
    const by = count ?? 1;
    switch (command) {
      case "A":
        this.#row = Math.max(0, this.#row - by);
        return;
      case "B":
        for (let step = 0; step < by; step++) this.#down();
        return;
      case "C":
        this.#column = Math.min(this.columns - 1, this.#column + by);
        return;
      case "D":
        this.#column = Math.max(0, this.#column - by);
        return;
      case "G":
        this.#column = by - 1;
        return;
      case "J":
        this.#cells().splice(this.#column);
        this.#lines.splice(this.#row + 1);
        return;
      case "K":
        this.#cells().splice(this.#column);
        return;
      case "m":
        return;
      default:
        throw new Error(`the terminal does not know ${command}`);
    }
  }

  #down(): void {
    this.#row += 1;
    if (this.#row === this.#lines.length) this.#lines.push([]);
  }

  #cells(): string[] {
    const cells = this.#lines[this.#row];
    if (cells === undefined) throw new Error("the cursor has left the terminal");
    return cells;
  }
}
