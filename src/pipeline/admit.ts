/**
 * Admit: bounded work. Before anything is verified only the tag, the action and the total are charged, so that nobody
 * can lock another user out; a user's own limits come after it. v1 has no word for "too many": what is refused is
 * dropped and counted.
 */
import { conform, type Rate } from "../util/gcra.js";
import { BoundedMap } from "../util/bounded-map.js";
import type { Clock } from "../util/time.js";
import type { UserId } from "../store/rows.js";
import type { V1Action } from "../protocol/v1/request.js";
import type { Session } from "./session.js";

/** A budget that several actions share. */
export type Budget = "lookups" | "registrations" | "logins" | "sends";

/** Which budget an action is charged to. Answers to challenges are bounded by the challenges. */
const BUDGETS: Readonly<Record<V1Action, Budget>> = {
  query: "lookups",
  register: "registrations",
  registrationResponse: "registrations",
  login: "logins",
  loginResponse: "logins",
  send: "sends",
};

/** The limits in force; `undefined` in their place switches them off (benchmarks only). */
export interface AdmitLimits {
  readonly perTag: Rate;
  readonly perUserSends: Rate;
  readonly budgets: Readonly<Record<Budget, Rate>>;
}

/** Users whose own rate is remembered; the rest start afresh, which is why the totals exist. */
const REMEMBERED_USERS = 50_000;

/** Decides whether a request may go on. */
export interface Admission {
  /** Charges the tag and the action's budget. */
  request(session: Session, action: V1Action): boolean;
  /** Charges a user whose signature holds. */
  send(user: UserId): boolean;
}

/** Admission under `limits`, or of everything. */
export function createAdmission(limits: AdmitLimits | undefined, clock: Clock): Admission {
  if (limits === undefined) return { request: () => true, send: () => true };
  const arrivals: Record<Budget, number> = { lookups: 0, registrations: 0, logins: 0, sends: 0 };
  const users = new BoundedMap<UserId, number>(REMEMBERED_USERS);
  return {
    request(session, action) {
      const now = clock();
      const budget = BUDGETS[action];
      const tagArrival = conform(limits.perTag, session.arrival, now);
      if (tagArrival === undefined) return false;
      const budgetArrival = conform(limits.budgets[budget], arrivals[budget], now);
      if (budgetArrival === undefined) return false;
      session.arrival = tagArrival;
      arrivals[budget] = budgetArrival;
      return true;
    },
    send(user) {
      const arrival = conform(limits.perUserSends, users.get(user) ?? 0, clock());
      if (arrival === undefined) return false;
      users.set(user, arrival);
      return true;
    },
  };
}
