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

interface Pending {
  readonly challenge: Challenge;
  /** By the table's clock. */
  readonly until: number;
}

/** An empty table. Its clock is one that nobody sets; `evicted` is told of each challenge that went before its time. */
export function createChallenges(capacity: number, clock: Clock, evicted: () => void): Challenges {
  const table = new BoundedMap<string, Pending>(capacity, ({ until }) => {
    if (until > clock()) evicted();
  });
  return {
    pending(origin, purpose) {
      const found = table.get(keyOf(origin, purpose));
      return found !== undefined && found.until > clock() ? found.challenge : undefined;
    },
    apply(origin, change) {
      if ("drop" in change) {
        table.delete(keyOf(origin, change.drop));
        return;
      }
      const { issue: challenge } = change;
      table.set(keyOf(origin, challenge.purpose), { challenge, until: clock() + challenge.lasts });
    },
    get size() {
      return table.size;
    },
  };
}

function keyOf(origin: Route, purpose: Challenge["purpose"]): string {
  return `${purpose} ${origin.client} ${origin.tag}`;
}
