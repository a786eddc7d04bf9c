/**
 * The exact source text of a member of a JSON object. Signatures of v1 cover texts, not values: whoever parses and
 * writes again changes spacing, escapes or the order of keys, and the signature no longer holds.
 */

/** Where a member's value stands in the text. */
export interface Span {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * The source texts of the top-level members `names` of `object`, `undefined` for those it lacks. Of duplicates the last
 * counts, as for JSON.parse and Python. `object` must be JSON text of an object, as JSON.parse has found before.
 */
export function memberTexts<Name extends string>(
  object: string,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {};
  for (const [name, { start, end }] of memberSpans(object, names)) texts[name] = object.slice(start, end);
  return texts;
}

/** Like `memberTexts`, but where the texts stand. */
export function memberSpans<Name extends string>(object: string, names: readonly Name[]): Map<Name, Span> {
  const spans = new Map<Name, Span>();
  let at = skipSpace(object, 0) + 1;
  for (;;) {
    at = skipSpace(object, at);
    if (object.charCodeAt(at) !== QUOTE) return spans; // the closing brace
    const keyEnd = stringEnd(object, at);
    const key = keyOf(object, at, keyEnd);
    const start = skipSpace(object, skipSpace(object, keyEnd) + 1);
    const end = valueEnd(object, start);
    const name = names.find((wanted) => wanted === key);
    if (name !== undefined) spans.set(name, { start, end });
    at = skipSpace(object, end);
    if (object.charCodeAt(at) === COMMA) at += 1;
  }
}

function keyOf(text: string, start: number, end: number): unknown {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes("\\") ? JSON.parse(text.slice(start, end)) : raw;
}

/** The first position from `at` on that is no JSON white space. */
function skipSpace(text: string, at: number): number {
  for (let code = text.charCodeAt(at); code === 0x20 || (code >= 0x09 && code <= 0x0d); code = text.charCodeAt(at))
    at++;
  return at;
}

/** The end of the string whose opening quote is at `start`. */
function stringEnd(text: string, start: number): number {
  let quote = start;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote === -1) return text.length;
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
}

/** The end of the value that starts at `start`. */
function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return stringEnd(text, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return nestedEnd(text, start);
  let at = start;
  while (at < text.length && !endsScalar(text.charCodeAt(at))) at++;
  return at;
}

function endsScalar(code: number): boolean {
  return code <= 0x20 || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || code === COLON;
}

function nestedEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return text.length;
}
