/** Counts answers about prekeys that no commit tells of. */
import type { Reply } from "../actions/action.js";
import type { Counters } from "../telemetry/counters.js";

/** Counts a reply, if it is one of those: what is full, and what was given in the place of a one-time prekey. */
export function countPrekeys(reply: Reply, counters: Pick<Counters, "add">): void {
  if (reply.dialect !== "v2") return;
  if (reply.action === "publish" && reply.result === "tooLarge") counters.add("prekeys.full");
  if (reply.action === "take" && reply.result === "ok" && reply.answer.oneTime === undefined)
    counters.add("prekeys.lastResort");
}
