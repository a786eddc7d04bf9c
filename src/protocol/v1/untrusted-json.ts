/** Reading JSON that strangers wrote: nothing is assumed, nothing is coerced, nothing is thrown. */

/** Bounds of what is read at all. */
export interface JsonLimits {
  /** Bytes of a message. */
  readonly maxBytes: number;
  /** Levels of nesting of a message, and of a JSON text that it may carry in turn. */
  readonly maxDepth: number;
}

/** A parsed JSON object. Its members are own properties, whatever their names: JSON.parse sets no prototype. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Is it an object, and no array? */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text, if it is text and not empty: to v1 an empty field and one of another type are missing fields. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Does `value` nest at most `levels` objects and arrays? */
export function nestsWithin(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => nestsWithin(member, levels - 1));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The source text and the members of a message that is one JSON object in strict UTF-8; `undefined` when it is not. */
export function parseMessage(
  message: Uint8Array,
  { maxBytes, maxDepth }: JsonLimits,
): { readonly text: string; readonly fields: JsonObject } | undefined {
  if (message.length > maxBytes) return undefined;
  try {
    const text = utf8.decode(message);
    const fields: unknown = JSON.parse(text);
    return isObject(fields) && nestsWithin(fields, maxDepth) ? { text, fields } : undefined;
  } catch {
    return undefined;
  }
}

const NO_MEMBERS: JsonObject = {};

/** The members of the object that `json` is the text of; none when it is anything else. */
export function parseObject(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : NO_MEMBERS;
  } catch {
    return NO_MEMBERS;
  }
}
