/**
 * JSON as the text side of a nym-client reads it: RFC 8259 without lone surrogates, numbers as written, and what is
 * wrong told in the words and with the positions of `serde_json`, which client authors get to see.
 */

/** A value; what is inside arrays and nested objects is checked and forgotten, for no request has any. */
export type JsonValue =
  | { readonly type: "null" | "sequence" | "map" }
  | { readonly type: "boolean"; readonly value: boolean }
  /** As it was written; `integer` when it has neither fraction nor exponent. */
  | { readonly type: "number"; readonly text: string; readonly integer: boolean }
  | { readonly type: "string"; readonly value: string };

/** What is wrong with a text, with its place if it has one. */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

/** serde_json's own limit. */
const DEEPEST = 128;
const BLANK = /[ \t\r\n]*/y;
const PLAIN = /[^"\\\p{Cc}]*|[\u007f-\u009f]/uy;
const DIGITS = /[0-9]*/y;

/** Reads a text that holds one object. `place()` is where the reader stands, " at line L column C". */
export class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next value. Throws a JsonError. */
  value(depth = 0): JsonValue {
    this.#skip(BLANK);
    const first = this.#peek();
    switch (first) {
      case "":
        throw this.#errorAhead("EOF while parsing a value");
      case "n":
        this.#ident("null");
        return { type: "null" };
      case "t":
        this.#ident("true");
        return { type: "boolean", value: true };
      case "f":
        this.#ident("false");
        return { type: "boolean", value: false };
      case '"':
        return { type: "string", value: this.#string() };
      case "[":
        this.#sequence(this.#deeper(depth));
        return { type: "sequence" };
      case "{": {
        const deeper = this.#deeper(depth);
        this.entries(() => this.value(deeper));
        return { type: "map" };
      }
      default:
        if (first === "-" || isDigit(first)) return this.#number();
        throw this.#errorAhead("expected value");
    }
  }

  /** The entries of an object whose brace is next; `onEntry` reads the value that follows its key. Throws a JsonError. */
  entries(onEntry: (key: string) => void): void {
    this.#at += 1;
    for (let isFirst = true; ; isFirst = false) {
      this.#skip(BLANK);
      if (this.#peek() === "}") break;
      if (this.#peek() === "") throw this.#errorAhead("EOF while parsing an object");
      if (!isFirst) {
        if (this.#peek() !== ",") throw this.#errorAhead("expected `,` or `}`");
        this.#at += 1;
        this.#skip(BLANK);
        if (this.#peek() === "}") throw this.#errorAhead("trailing comma");
        if (this.#peek() === "") throw this.#errorAhead("EOF while parsing a value");
      }
      if (this.#peek() !== '"') throw this.#errorAhead("key must be a string");
      const key = this.#string();
      this.#skip(BLANK);
      if (this.#peek() === "") throw this.#errorAhead("EOF while parsing an object");
      if (this.#peek() !== ":") throw this.#errorAhead("expected `:`");
      this.#at += 1;
      onEntry(key);
    }
    this.#at += 1;
  }

  /** Whether an object is next. */
  atObject(): boolean {
    this.#skip(BLANK);
    return this.#peek() === "{";
  }

  /** Throws a JsonError unless nothing but blanks is left. */
  end(): void {
    this.#skip(BLANK);
    if (this.#peek() !== "") throw this.#errorAhead("trailing characters");
  }

  /** Where the reader stands: line from 1, column in bytes. */
  place(at = this.#at): string {
    const before = this.#text.slice(0, at);
    const line = before.split("\n").length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
    return ` at line ${line} column ${column}`;
  }

  #sequence(depth: number): void {
    this.#at += 1;
    for (let isFirst = true; ; isFirst = false) {
      this.#skip(BLANK);
      if (this.#peek() === "]") break;
      if (this.#peek() === "") throw this.#errorAhead("EOF while parsing a list");
      if (!isFirst) {
        if (this.#peek() !== ",") throw this.#errorAhead("expected `,` or `]`");
        this.#at += 1;
        this.#skip(BLANK);
        if (this.#peek() === "]") throw this.#errorAhead("trailing comma");
      }
      this.value(depth);
    }
    this.#at += 1;
  }

  #ident(ident: string): void {
    for (const letter of ident) {
      const next = this.#take();
      if (next === "") throw this.#error("EOF while parsing a value");
      if (next !== letter) throw this.#error("expected ident");
    }
  }

  #number(): JsonValue {
    const start = this.#at;
    if (this.#peek() === "-") this.#at += 1;
    const first = this.#take();
    if (first === "") throw this.#error("EOF while parsing a value");
    if (!isDigit(first)) throw this.#error("invalid number");
    if (first !== "0") this.#skip(DIGITS);
    else if (isDigit(this.#peek())) throw this.#errorAhead("invalid number");
    let integer = true;
    if (this.#peek() === ".") {
      integer = false;
      this.#at += 1;
      const wrong = this.#peek() === "" ? "EOF while parsing a value" : "invalid number";
      if (this.#skip(DIGITS) === 0) throw this.#errorAhead(wrong);
    }
    if (this.#peek() === "e" || this.#peek() === "E") {
      integer = false;
      this.#at += 1;
      if (this.#peek() === "+" || this.#peek() === "-") this.#at += 1;
      const digit = this.#take();
      if (!isDigit(digit)) throw this.#error(digit === "" ? "EOF while parsing a value" : "invalid number");
      this.#skip(DIGITS);
    }
    const text = this.#text.slice(start, this.#at);
    if (!Number.isFinite(Number(text))) throw this.#error("number out of range");
    return { type: "number", text, integer };
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      while (this.#skip(PLAIN) > 0);
      const next = this.#take();
      if (next === '"') break;
      if (next === "") throw this.#error("EOF while parsing a string");
      if (next !== "\\") throw this.#error("control character (\\u0000-\\u001F) found while parsing a string");
      this.#escape();
    }
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    const kind = this.#take();
    if (kind === "") throw this.#error("EOF while parsing a string");
    if (!'"\\/bfnrtu'.includes(kind)) throw this.#error("invalid escape");
    if (kind !== "u") return;
    const unit = this.#hex();
    if (isBetween(unit, 0xdc00, 0xdfff)) throw this.#error("lone leading surrogate in hex escape");
    if (!isBetween(unit, 0xd800, 0xdbff)) return;
    for (const letter of "\\u") {
      const next = this.#take();
      if (next === "") throw this.#error("EOF while parsing a string");
      if (next !== letter) throw this.#error("unexpected end of hex escape");
    }
    if (!isBetween(this.#hex(), 0xdc00, 0xdfff)) throw this.#error("lone leading surrogate in hex escape");
  }

  #hex(): number {
    const digits = this.#text.slice(this.#at, this.#at + 4);
    this.#at += digits.length;
    if (digits.length < 4) throw this.#error("EOF while parsing a string");
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error("invalid escape");
    return Number.parseInt(digits, 16);
  }

  #deeper(depth: number): number {
    if (depth + 1 >= DEEPEST) throw this.#errorAhead("recursion limit exceeded");
    return depth + 1;
  }

  /** Skips what `pattern` matches here, and says how much that was. */
  #skip(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.#at += length;
    return length;
  }

  /** The next character, or "" at the end. */
  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #take(): string {
    const next = this.#peek();
    this.#at += next.length;
    return next;
  }

  /** An error in what has been read. */
  #error(message: string): JsonError {
    return new JsonError(message + this.place());
  }

  /** An error in the character that is next. */
  #errorAhead(message: string): JsonError {
    return new JsonError(message + this.place(this.#at + 1));
  }
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9";
}

function isBetween(value: number, first: number, last: number): boolean {
  return value >= first && value <= last;
}
