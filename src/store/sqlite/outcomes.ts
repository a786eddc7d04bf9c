/** Outcomes of requests as SQL. */
import type { Hour } from "../../util/time.js";
import type { Change, Settled } from "../changes.js";
import { SETTLED } from "../changes.js";
import type { Connection } from "./connection.js";
import { CODE_BASE } from "./widths.js";

/** The statements of outcomes, for the connection that writes. */
export interface Outcomes {
  remember(change: Extract<Change, { kind: "rememberOutcome" }>): "applied" | "conflict";
  /** Says what has become of a message, and keeps that until `expires` at least. Nothing happens when it is forgotten already. */
  settle(id: Uint8Array, as: Settled, expires: Hour): void;
}

/** Prepares the statements. */
export function prepareOutcomes(db: Connection): Outcomes {
  const remember = db.prepare<[Uint8Array, Uint8Array, number, Hour]>(
    "INSERT INTO outcomes (id, digest, code, expires) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
  );
  const find = db.prepare<[Uint8Array], { row: number; expires: Hour }>(
    "SELECT row, expires FROM outcomes WHERE id = ?",
  );
  const settle = db.prepare<[number, number]>("UPDATE outcomes SET code = ? WHERE row = ?");
  // Apart, because the index by expiry would be written to every time.
  const keep = db.prepare<[Hour, number]>("UPDATE outcomes SET expires = ? WHERE row = ?");

  return {
    remember({ id, digest, code, expires }) {
      return remember.run(id, digest, CODE_BASE + code, expires).changes === 0 ? "conflict" : "applied";
    },
    settle(id, as, expires) {
      const known = find.get(id);
      if (known === undefined) return;
      settle.run(CODE_BASE + SETTLED[as], known.row);
      if (known.expires < expires) keep.run(expires, known.row);
    },
  };
}
