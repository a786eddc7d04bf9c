/**
 * JSON text as Python's `json.dumps` writes it by default: `", "` and `": "` between the parts, keys in insertion order,
 * everything but printable ASCII escaped. Signatures of v1 are over such texts, so ours must be the same to the byte.
 */

/** The values that v1 messages are made of. Numbers are integers. Keys that look like integers would lose their place. */
export type PythonJson = string | number | boolean | null | { readonly [key: string]: PythonJson };

/** The text of `value`. Lone surrogates are escaped like everything else, as Python does. */
export function pythonJson(value: PythonJson): string {
  if (typeof value === "string") return asciiString(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${asciiString(key)}: ${pythonJson(member)}`);
  return `{${members.join(", ")}}`;
}

/** JSON.stringify escapes quotes, backslashes, control characters and lone surrogates as Python does; this does the rest. */
function asciiString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
