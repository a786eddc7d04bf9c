/**
 * Pending v1 challenges: in memory, one for each Nym client, tag and purpose, five minutes, capped; at the cap the
 * oldest goes. They outlive a request, not the directory.
 */
import type { Challenge, ChallengeChange } from "../actions/challenge.js";
import type { Route } from "../store/rows.js";
import { BoundedMap } from "../util/bounded-map.js";
import type { Clock } from "../util/time.js";

/** The table of pending challenges. */
export interface Challenges {
  /** The challenge of this origin and purpose that has not expired. */
  pending(origin: Route, purpose: Challenge["purpose"]): Challenge | undefined;
  apply(origin: Route, change: ChallengeChange): void;
  readonly size: number;
}

/** An empty table. `evicted` is told of each challenge that went before its time. */
export function createChallenges(capacity: number, clock: Clock, evicted: () => void): Challenges {
  const table = new BoundedMap<string, Challenge>(capacity, (challenge) => {
    if (challenge.expires > clock()) evicted();
  });
  return {
    pending(origin, purpose) {
      const challenge = table.get(keyOf(origin, purpose));
      return challenge !== undefined && challenge.expires > clock() ? challenge : undefined;
    },
    apply(origin, change) {
      if ("drop" in change) table.delete(keyOf(origin, change.drop));
      else table.set(keyOf(origin, change.issue.purpose), change.issue);
    },
    get size() {
      return table.size;
    },
  };
}

function keyOf(origin: Route, purpose: Challenge["purpose"]): string {
  return `${purpose} ${origin.client} ${origin.tag}`;
}
