/** Everything secret that the scenarios of this test file have made: none of it may be in the log of any directory. */
import { Hygiene } from "./hygiene.js";

export const SEEN = new Hygiene();

/** Shortest text that could not be found by chance. */
const TELLING = 12;

/** Takes note of a name, if it is long enough to be looked for. */
export function seeName(name: string): void {
  if (name.length >= 6) SEEN.name(name);
}

/** Takes note of a signature, a nonce or what somebody wrote. */
export function seeText(text: string): void {
  if (text.length >= TELLING) SEEN.body(text);
}
