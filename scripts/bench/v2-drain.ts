/** The other way of delivery: recipients who ask for what waits for them, and acknowledge it, until there is nothing left. */
import { performance } from "node:perf_hooks";
import type { Bound } from "../v2-user/account.js";
import { type Ask, forAll, refused } from "./ask.js";
import { round } from "./measure.js";
import { signedFrame, type V2BenchUser } from "./v2-requests.js";

/** What was fetched and acknowledged. */
export interface Drained {
  readonly items: number;
  readonly fetches: number;
  readonly acknowledgements: number;
  readonly seconds: number;
  readonly itemsPerSecond: number;
}

/** Packets of one page. */
const PACKETS = 8;

/** Empties the mailboxes of `recipients`, many at a time. */
export async function drain(ask: Ask, bound: Bound, recipients: readonly V2BenchUser[]): Promise<Drained> {
  const begun = performance.now();
  const sums = { items: 0, fetches: 0, acknowledgements: 0 };
  await forAll(recipients, async (user) => {
    for (let more = true; more;) {
      const fetch = signedFrame(bound, user, "fetch", { after: 0, packets: PACKETS }, PACKETS + 1);
      const page = await ask(user.number, fetch);
      if (page.result !== "ok" || page.action !== "fetch") throw refused(page);
      sums.fetches++;
      const { items } = page.answer;
      more = page.answer.more;
      const [first, last] = [items[0]?.sequence, items.at(-1)?.sequence];
      if (first === undefined || last === undefined) continue;
      const told = await ask(user.number, signedFrame(bound, user, "ack", { ranges: [{ first, last }] }));
      if (told.result !== "ok") throw refused(told);
      sums.items += items.length;
      sums.acknowledgements++;
    }
  });
  const seconds = (performance.now() - begun) / 1_000;
  return { ...sums, seconds: round(seconds), itemsPerSecond: Math.round(sums.items / seconds) };
}
