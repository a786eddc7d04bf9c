/** Names that are nobody's, and whether there are registrations at all, as SQL. */
import type { OperatorChange } from "../operators.js";
import type { Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import { prepareScrub } from "./scrub.js";

type ChangeOf<Kind extends OperatorChange["kind"]> = Extract<OperatorChange, { kind: Kind }>;

/** The statements of names, for the connection that writes. */
export interface Names {
  reserve(change: ChangeOf<"reserveName">): Verdict;
  free(change: ChangeOf<"freeName">): Verdict;
  setRegistrations(change: ChangeOf<"setRegistrations">): Verdict;
  /** Has the operator stopped registrations? */
  areStopped(): boolean;
}

/** Prepares the statements. */
export function prepareNames(db: Connection): Names {
  const scrub = prepareScrub(db);
  const reserve = db.prepare<[string]>(`
    INSERT INTO users (folded, key_version) VALUES (?, 0)
    ON CONFLICT (folded) DO UPDATE SET held_until = NULL WHERE name IS NULL`);
  const free = db.prepare<[string]>(
    "UPDATE users SET folded = NULL, held_until = NULL WHERE folded = ? AND name IS NULL",
  );
  const set = db.prepare<[number]>("UPDATE meta SET registrations_stopped = ?");
  const stopped = db.prepare<[], 1>("SELECT 1 FROM meta WHERE registrations_stopped = 1").pluck();

  return {
    reserve: ({ folded }) => (reserve.run(folded).changes === 0 ? "conflict" : "applied"),
    free({ folded }) {
      if (free.run(folded).changes === 0) return "conflict";
      scrub.request();
      return "applied";
    },
    setRegistrations(change) {
      set.run(change.stopped ? 1 : 0);
      return "applied";
    },
    areStopped: () => stopped.get() !== undefined,
  };
}
