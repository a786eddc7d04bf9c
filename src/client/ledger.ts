/**
 * Which replies may still come. v1 has no request ids and most of its replies name nothing, so a late reply to an earlier
 * request looks like the answer to the present one. The directory answers every request once, so counting tells them
 * apart: a reply that names nothing is believed when more of its kind have come than others are owed.
 */
import type { Clock } from "../util/time.js";

/** The requests of one kind that were sent and not answered. */
export interface Ledger {
  /** A request about `subject` was sent. */
  sent(subject: string): void;
  /** A reply came: one less is owed. */
  answered(): void;
  /** How many replies to requests about something else than `subject` may still come. */
  owedToOthers(subject: string): number;
}

/** More are not remembered, so that after a long silence the next question need not be asked too often. */
const MOST_OWED = 8;

/**
 * An empty ledger. What has not come `memory` milliseconds after a later reply did is lost for good, and owed no more. While
 * nothing comes at all nothing is lost: when a directory is back after an hour, it answers what waited for it.
 */
export function createLedger(now: Clock, memory: number): Ledger {
  let open: { readonly subject: string; lostAt: number }[] = [];
  return {
    sent(subject) {
      open.push({ subject, lostAt: Infinity });
      if (open.length > MOST_OWED) open.shift();
    },
    answered() {
      open.shift();
      for (const request of open) request.lostAt = Math.min(request.lostAt, now() + memory);
    },
    owedToOthers(subject) {
      open = open.filter(({ lostAt }) => now() < lostAt);
      return open.filter((request) => request.subject !== subject).length;
    },
  };
}
