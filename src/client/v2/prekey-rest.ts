/**
 * Which of our prekeys the directory can still have, and whether its digest is that of one of these. It gives one-time
 * prekeys away in the order of their numbers, but at random among the first few, so when some were taken many rests are possible.
 */
import { type PrekeyAnswers, PREKEY_CHOICE, prekeysText } from "../../protocol/v2/prekeys.js";
import { sameKey } from "../keys.js";
import type { KnownPrekeys, OneTimePrekey } from "./prekey-tables.js";

/** `no`: it has something else. `unknown`: so much was taken that not all that can be left is tried. */
export type Compared =
  { readonly verdict: "yes"; readonly rest: readonly OneTimePrekey[] } | { readonly verdict: "no" | "unknown" };

/** So many rests are tried, of so many bytes together, and so many steps are made to find them. */
const RESTS = 1_024;
const BYTES = 32 * 1_024 * 1_024;
const STEPS = 65_536;

/** Is what the directory has a rest of what we know? */
export async function compareRest(
  { signed, lastResort, oneTime, whole }: KnownPrekeys,
  { count, digest }: Pick<PrekeyAnswers["prekeys"], "count" | "digest">,
): Promise<Compared> {
  let rests = 0;
  let bytes = 0;
  for (const rest of restsOf(oneTime, count)) {
    if (rest === "tooMany" || rests >= RESTS || bytes >= BYTES) return { verdict: "unknown" };
    const text = prekeysText({ signed, lastResort, oneTime: rest });
    rests++;
    bytes += text.length;
    const found = await crypto.subtle.digest("SHA-256", Uint8Array.from(text));
    if (sameKey(new Uint8Array(found), digest)) return { verdict: "yes", rest };
  }
  return { verdict: whole ? "no" : "unknown" };
}

/** What can be left of these, which are in the order of their numbers, when `left` are. */
function* restsOf(all: readonly OneTimePrekey[], left: number): Generator<readonly OneTimePrekey[] | "tooMany"> {
  let steps = 0;
  function* from(
    at: number,
    kept: readonly OneTimePrekey[],
    missing: number,
  ): Generator<readonly OneTimePrekey[] | "tooMany"> {
    if (steps++ >= STEPS) yield "tooMany";
    const rest = all.slice(at);
    if (missing === 0) yield [...kept, ...rest];
    const [next] = rest;
    const takeable = rest.filter((prekey) => canBeTaken(prekey, kept));
    if (missing <= 0 || next === undefined || takeable.length < missing) return;
    if (takeable[0] === next) yield* from(at + 1, kept, missing - 1);
    yield* from(at + 1, [...kept, next], missing);
  }
  yield* from(0, [], all.length - left);
}

/** Can it have been among the first ones, when of those before it these have never been taken? They were there if they are no younger. */
function canBeTaken({ publication }: OneTimePrekey, kept: readonly OneTimePrekey[]): boolean {
  return kept.filter((before) => before.publication <= publication).length < PREKEY_CHOICE;
}
