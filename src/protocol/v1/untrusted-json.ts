/** Looking at JSON values that strangers wrote: nothing is assumed, nothing is coerced. */

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
