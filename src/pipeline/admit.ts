/**
 * Admit: bounded work. Before anything is verified only the tag, the action and the total are charged, so that nobody
 * can lock another user out; a user's own limits come after it. Each protocol has budgets of its own. v1 has no word for
 * "too many": what is refused there is dropped and counted.
 */
import { conform, type Rate } from "../util/gcra.js";
import { BoundedMap } from "../util/bounded-map.js";
import type { Clock } from "../util/time.js";
import type { UserId } from "../store/identifiers.js";
import type { RequestKind } from "./decode.js";
import type { Session } from "./session.js";

/** A budget that several actions share. */
export type Budget =
  "lookups" | "registrations" | "logins" | "recoveries" | "sends" | "mailboxes" | "groups" | "prekeys";

/** Which budget a request is charged to. */
const BUDGETS: Readonly<Record<RequestKind, Budget>> = {
  query: "lookups",
  register: "registrations",
  registrationResponse: "registrations",
  login: "logins",
  loginResponse: "logins",
  send: "sends",
  update: "lookups",
  createGroup: "lookups",
  inviteGroup: "lookups",
  sendGroup: "lookups",
  "v2.info": "lookups",
  "v2.lookup": "lookups",
  "v2.keyLog": "lookups",
  "v2.unknown": "lookups",
  "v2.register": "registrations",
  "v2.prove": "logins",
  "v2.login": "logins",
  "v2.logout": "logins",
  "v2.rotate": "logins",
  "v2.recover": "recoveries",
  "v2.release": "logins",
  "v2.send": "sends",
  "v2.fetch": "mailboxes",
  "v2.ack": "mailboxes",
  "v2.receipts": "mailboxes",
  "v2.status": "mailboxes",
  "v2.group": "lookups",
  "v2.groupCreate": "groups",
  "v2.groupChange": "groups",
  "v2.groupSend": "groups",
  "v2.groupLog": "mailboxes",
  "v2.groupMembers": "mailboxes",
  "v2.contact": "sends",
  "v2.contacts": "mailboxes",
  "v2.policy": "mailboxes",
  "v2.publish": "prekeys",
  "v2.take": "prekeys",
  "v2.prekeys": "prekeys",
  "v2.history": "mailboxes",
  "v2.unread": "mailboxes",
};

/** The limits in force; `undefined` in their place switches them off (benchmarks only). */
export interface AdmitLimits {
  readonly perTag: Rate;
  readonly perUser: Rate;
  readonly budgets: Readonly<Record<Budget, Rate>>;
}

/** Users whose own rate is remembered; the rest start afresh, which is why the totals exist. */
const REMEMBERED_USERS = 50_000;

/** Decides whether a request may go on. */
export interface Admission {
  /** Charges the tag and the request's budget. */
  request(session: Session, kind: RequestKind): boolean;
  /** Charges a user whose signature holds. */
  user(user: UserId): boolean;
}

/** Admission under `limits`, or of everything. */
export function createAdmission(limits: AdmitLimits | undefined, clock: Clock): Admission {
  if (limits === undefined) return { request: () => true, user: () => true };
  const none = {
    lookups: 0,
    registrations: 0,
    logins: 0,
    recoveries: 0,
    sends: 0,
    mailboxes: 0,
    groups: 0,
    prekeys: 0,
  };
  const arrivals: Record<"v1" | "v2", Record<Budget, number>> = { v1: { ...none }, v2: { ...none } };
  const users = new BoundedMap<UserId, number>(REMEMBERED_USERS);
  return {
    request(session, kind) {
      const now = clock();
      const budget = BUDGETS[kind];
      const spent = arrivals[kind.startsWith("v2.") ? "v2" : "v1"];
      const tagArrival = conform(limits.perTag, session.arrival, now);
      if (tagArrival === undefined) return false;
      const budgetArrival = conform(limits.budgets[budget], spent[budget], now);
      if (budgetArrival === undefined) return false;
      session.arrival = tagArrival;
      spent[budget] = budgetArrival;
      return true;
    },
    user(user) {
      const arrival = conform(limits.perUser, users.get(user) ?? 0, clock());
      if (arrival === undefined) return false;
      users.set(user, arrival);
      return true;
    },
  };
}
