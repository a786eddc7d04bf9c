/**
 * Execute: one request through load, verify, decide and commit. A decision whose preconditions no longer hold when it
 * is committed is taken again on fresh rows, three times at most. Replies are given only after the commit.
 */
import type { Action, Decision, DecisionContext, Dialect, Failure, Loaded, Parsed, Reply } from "../actions/action.js";
import type { Change, Outcome } from "../store/changes.js";
import type { Reads } from "../store/rows.js";
import type { UserId } from "../store/identifiers.js";
import type { Store } from "../store/store.js";
import type { Counters } from "../telemetry/counters.js";
import type { Challenges } from "./challenges.js";
import type { Loader } from "./load.js";
import type { Verifier } from "./verify.js";

/** What execution stands on. */
export interface ExecuteComponents {
  readonly store: Pick<Store, "commit">;
  readonly load: Loader;
  readonly verify: Verifier;
  readonly challenges: Challenges;
  readonly counters: Counters;
  /** The context of a decision taken now. */
  readonly context: () => DecisionContext;
  /** May this user, whose signature holds, go on? Asked once for each request, however often it is decided. */
  readonly charge: (user: UserId) => boolean;
  /** Told of every commit that was applied, before its reply is released. */
  readonly committed: (changes: readonly Change[], outcome: Applied) => void;
}

/** A commit that was applied. */
export type Applied = Extract<Outcome, { status: "applied" }>;

/** A decision is taken this often before the request is answered as failed. */
const ATTEMPTS = 3;

/** The reply of a request, once everything that it changes is durable. Never rejects. */
export async function execute<Body, D extends Dialect>(
  action: Action<Body, Reads, Reads, D>,
  request: Parsed<Body, D>,
  on: ExecuteComponents,
): Promise<Reply | undefined> {
  let failure: Failure = "busy";
  let charged: UserId | undefined;
  const charge = (user: UserId): boolean => {
    if (user === charged) return true;
    charged = user;
    return on.charge(user);
  };
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const decision = await decide(action, request, { ...on, charge });
      if (decision === undefined) {
        failure = "limited";
        break;
      }
      if (decision.count !== undefined && attempt === 0) on.counters.add(decision.count);
      const outcome = await commit(decision.changes, on);
      if (outcome.status === "failed") {
        failure = "unavailable";
        break;
      }
      if (outcome.status === "refused") return decision.refused;
      if (outcome.status === "conflict") {
        on.counters.add("conflicts");
        continue;
      }
      if (decision.challenge !== undefined) on.challenges.apply(request.origin, decision.challenge);
      on.committed(decision.changes, outcome);
      return decision.reply;
    }
  } catch {
    on.counters.add("requests.failed");
    failure = "unavailable";
  }
  return action.failed(request, failure);
}

/** Load, verify, decide; `undefined` when the user has gone over a limit of their own. */
async function decide<Body, D extends Dialect>(
  action: Action<Body, Reads, Reads, D>,
  request: Parsed<Body, D>,
  on: ExecuteComponents,
): Promise<Decision | undefined> {
  const challenge = action.challenge && on.challenges.pending(request.origin, action.challenge);
  const first: Loaded<Reads> = { ...(await on.load(action.reads(request, challenge))), challenge };
  const context = on.context();
  const further = action.readsNext?.(request, first, context);
  const rows = further === undefined ? first : { ...first, ...(await on.load(further)) };
  const proof = action.proof(request, rows, context);
  const verified = await on.verify(request, proof);
  if (verified === undefined) return action.unproven(request, rows);
  const account = action.account?.(rows);
  if (account !== undefined && !on.charge(account)) {
    on.counters.add("dropped.limited");
    return undefined;
  }
  return action.decide(verified, rows, on.context());
}

const NOTHING_TO_COMMIT: Outcome = { status: "applied", users: [], receipts: [] };

async function commit(changes: readonly Change[], on: ExecuteComponents): Promise<Outcome> {
  if (changes.length === 0) return NOTHING_TO_COMMIT;
  const [outcome] = await on.store.commit([changes]);
  if (outcome === undefined || outcome.status === "failed") on.counters.add("commits.failed");
  if (outcome?.status === "refused") on.counters.add("mailboxes.full");
  return outcome ?? { status: "failed" };
}
