/**
 * Sums of what the directory did: all that is kept about requests. No counter has a label that could name a user, a tag
 * or an address; they are logged as sums every few minutes and start again at nought.
 */

/** Every counter there is. Add one here and count it where it happens. */
export const COUNTERS = [
  "requests.query",
  "requests.register",
  "requests.registrationResponse",
  "requests.login",
  "requests.loginResponse",
  "requests.send",
  "requests.update",
  "requests.createGroup",
  "requests.inviteGroup",
  "requests.sendGroup",
  "requests.v2.info",
  "requests.v2.register",
  "requests.v2.login",
  "requests.v2.prove",
  "requests.v2.logout",
  "requests.v2.lookup",
  "requests.v2.keyLog",
  "requests.v2.rotate",
  "requests.v2.recover",
  "requests.v2.release",
  "requests.v2.send",
  "requests.v2.fetch",
  "requests.v2.ack",
  "requests.v2.receipts",
  "requests.v2.status",
  "requests.v2.groupCreate",
  "requests.v2.group",
  "requests.v2.groupChange",
  "requests.v2.groupLog",
  "requests.v2.groupMembers",
  "requests.v2.contact",
  "requests.v2.contacts",
  "requests.v2.policy",
  "requests.v2.publish",
  "requests.v2.take",
  "requests.v2.prekeys",
  "requests.v2.history",
  "requests.v2.unread",
  "requests.v2.groupSend",
  "requests.v2.unknown",
  "requests.failed",
  "replies",
  "messages.stored",
  "messages.refused",
  "messages.offered",
  "messages.handedOver",
  "messages.pushed",
  "messages.acknowledged",
  "messages.expired",
  "copies.kept",
  "copies.expired",
  "prekeys.published",
  "prekeys.full",
  "prekeys.taken",
  "prekeys.lastResort",
  "dropped.untagged",
  "dropped.malformed",
  "dropped.oversized",
  "dropped.unknownAction",
  "dropped.limited",
  "dropped.overload",
  "dropped.backlog",
  "dropped.stopping",
  "replies.lost",
  "commits",
  "commits.failed",
  "conflicts",
  "mailboxes.full",
  "contacts.full",
  "contacts.unwelcome",
  "challenges.evicted",
  "sessions.evicted",
  "nymClient.errors",
] as const;

/** The name of a counter. */
export type CounterName = (typeof COUNTERS)[number];

/** Counts, and hands out the sums. */
export interface Counters {
  add(name: CounterName, by?: number): void;
  /** The sums since the last call, without the noughts, in the order of `COUNTERS`. */
  take(): Partial<Record<CounterName, number>>;
}

/** Counters in memory. */
export function createCounters(): Counters {
  let sums = new Map<CounterName, number>();
  return {
    add: (name, by = 1) => void sums.set(name, (sums.get(name) ?? 0) + by),
    take() {
      const taken = COUNTERS.map((name) => [name, sums.get(name) ?? 0] as const).filter(([, sum]) => sum !== 0);
      sums = new Map();
      return Object.fromEntries(taken);
    },
  };
}
