/** Numbers on a command line: what is none of the kind that is wanted is told to whoever called. */
import { InvalidArgumentError } from "commander";

/** A number above nought. Throws `InvalidArgumentError` for anything else. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above nought is wanted");
  return value;
}

/** A whole number above nought. Throws `InvalidArgumentError` for anything else. */
export function positiveCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number above nought is wanted");
  return value;
}

/** A whole number, perhaps nought. Throws `InvalidArgumentError` for anything else. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("a whole number is wanted");
  return value;
}
