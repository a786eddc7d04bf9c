/**
 * The kinds of values that settings have. Each knows how to read its text strictly (there is no falling back to a
 * default on a bad value), how to write it, and how to say in words what is allowed.
 */
import { base58 } from "@scure/base";
import { z } from "zod";

/** A kind of value. `parse(format(value))` is `value` again. */
export interface Kind<T> {
  readonly schema: z.ZodType<T, string>;
  /** Completes "allowed: ..". */
  readonly allowed: string;
  /** The unit of a number, which the setting's name must show. */
  readonly unit?: Unit;
  format(value: T): string;
}

/** Units of numbers. */
export type Unit = "days" | "hours" | "minutes" | "seconds" | "milliseconds" | "bytes" | "per second";

/** One of some words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return { schema: z.enum(words), allowed: words.join(", "), format: (word) => word };
}

/** `on` or `off`. */
export function onOff(): Kind<boolean> {
  const schema = z.enum(["on", "off"]).transform((word) => word === "on");
  return { schema, allowed: "on, off", format: (on) => (on ? "on" : "off") };
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number, unit?: Unit): Kind<number> {
  const schema = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(min).max(max));
  const allowed = `a whole number${inUnit(unit)} from ${min} to ${max}`;
  return { schema, allowed, ...(unit !== undefined && { unit }), format: String };
}

/** A number from `min` to `max`, which may have a fraction. */
export function decimal(min: number, max: number, unit: Unit): Kind<number> {
  const schema = z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return { schema, allowed: `a number${inUnit(unit)} from ${min} to ${max}`, unit, format: formatDecimal };
}

/** A path, relative to the working directory unless absolute. */
export function path(): Kind<string> {
  return { schema: z.string().min(1), allowed: "a path", format: (text) => text };
}

/** A text that a pattern matches; `allowed` puts the pattern in words. */
export function matching(pattern: RegExp, allowed: string): Kind<string> {
  return { schema: z.string().regex(pattern), allowed, format: (text) => text };
}

/** 32 bytes in base58, as Nym writes identity keys. */
export function base58Key(): Kind<string> {
  const schema = z.string().refine((text) => decodesToKey(text));
  return { schema, allowed: "32 bytes in base58", format: (text) => text };
}

/** A URL with one of some schemes (written with their colon), without credentials or fragment; kept in its normal form. */
export function url(...schemes: readonly string[]): Kind<string> {
  const schema = z.string().transform((text, context) => {
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    if (parsed !== undefined && isPlain(parsed, schemes)) return withoutBareSlash(parsed);
    context.addIssue("not such a URL");
    return z.NEVER;
  });
  return { schema, allowed: `a URL that begins with ${schemes.map((s) => `${s}//`).join(" or ")}`, format: (u) => u };
}

/** Several of a kind, separated by commas, without repetition. */
export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  const schema = z
    .string()
    .transform((text) => text.split(",").map((item) => item.trim()))
    .pipe(z.array(kind.schema))
    .refine((items) => new Set(items).size === items.length);
  return {
    schema,
    allowed: `${kind.allowed}; or several such, separated by commas and none twice`,
    format: (items) => items.map((item) => kind.format(item)).join(","),
  };
}

function inUnit(unit: Unit | undefined): string {
  if (unit === undefined) return "";
  return unit === "per second" ? ` ${unit}` : ` of ${unit}`;
}

/** Plain digits, as `decimal` reads them (`String` would write 1e-7). */
function formatDecimal(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text;
}

function decodesToKey(text: string): boolean {
  if (!/^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(text)) return false;
  return base58.decode(text).length === 32;
}

function isPlain(parsed: URL, schemes: readonly string[]): boolean {
  const { protocol, hostname, username, password, hash } = parsed;
  return schemes.includes(protocol) && hostname !== "" && username === "" && password === "" && hash === "";
}

function withoutBareSlash(parsed: URL): string {
  return parsed.pathname === "/" && parsed.search === "" ? parsed.href.slice(0, -1) : parsed.href;
}
