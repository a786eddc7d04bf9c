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

/** An empty ledger. Whatever takes longer than `memory` milliseconds is lost for good and owed no more. */
export function createLedger(now: Clock, memory: number): Ledger {
  let open: { readonly subject: string; readonly at: number }[] = [];
  return {
    sent: (subject) => void open.push({ subject, at: now() }),
    answered: () => void open.shift(),
    owedToOthers(subject) {
      open = open.filter((request) => now() - request.at < memory);
      return open.filter((request) => request.subject !== subject).length;
    },
  };
}
