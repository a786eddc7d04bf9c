/**
 * Takes over the users of a NymCHAT server: row by row, in batches that are committed whole, through the store as
 * everything else. Nothing of what is there already is changed.
 */
import {
  type ForeignUser,
  IMPORT_REFUSALS,
  type ImportRefusal,
  importReads,
  importUser,
} from "./actions/operator/import-user.js";
import type { Change } from "./store/changes.js";
import type { User } from "./store/rows.js";
import type { Store } from "./store/store.js";
import type { Clock } from "./util/time.js";

/** A user, and where they stand. */
export interface ForeignRow extends ForeignUser {
  readonly row: number;
}

/** What it stands on. */
export interface ImportComponents {
  readonly store: Pick<Store, "load" | "commit">;
  readonly rows: Iterable<ForeignRow>;
  readonly clock: Clock;
  /** Told of every row that is refused. */
  readonly refused: (row: ForeignRow, why: ImportRefusal) => void;
  /** Told, now and then, how many rows are done. */
  readonly progress: (rows: number) => void;
  /** The error to end with when the store cannot write. */
  readonly fault: () => Error;
}

export interface ImportOptions {
  /** Folded. */
  readonly reservedNames: ReadonlySet<string>;
}

/** What became of the rows. */
export interface Imported {
  readonly imported: number;
  /** There already, with the same name and key. */
  readonly known: number;
  readonly refused: Readonly<Record<ImportRefusal, number>>;
}

/** Rows in one transaction. */
const BATCH_ROWS = 512;
const PROGRESS_ROWS = 10_000;

/** Imports all rows. What is committed before it rejects stays, and is known the next time. */
export async function importNymchat(components: ImportComponents, options: ImportOptions): Promise<Imported> {
  const { rows, refused, progress, fault } = components;
  const sums = { imported: 0, known: 0 };
  const refusals = Object.fromEntries(Object.keys(IMPORT_REFUSALS).map((why) => [why, 0])) as Record<
    ImportRefusal,
    number
  >;
  let done = 0;
  for (const batch of batches(rows)) {
    let waiting = batch;
    // A name that stands twice in a batch is a conflict for the second, which is decided again when the first is there.
    while (waiting.length > 0) {
      const decided = await decide(waiting, components, options);
      const outcomes = await commit(
        decided.flatMap(({ changes }) => (changes === undefined ? [] : [changes])),
        components,
      );
      const again: ForeignRow[] = [];
      for (const { row, result } of decided) {
        if (result === "known") sums.known++;
        else if (result !== "imported") {
          refusals[result]++;
          refused(row, result);
        } else if (outcomes.shift() === "conflict") again.push(row);
        else sums.imported++;
      }
      if (again.length === waiting.length) throw fault();
      waiting = again;
    }
    const before = done;
    done += batch.length;
    if (Math.floor(before / PROGRESS_ROWS) !== Math.floor(done / PROGRESS_ROWS)) progress(done);
  }
  return { ...sums, refused: refusals };
}

interface Decided {
  readonly row: ForeignRow;
  readonly result: "imported" | "known" | ImportRefusal;
  readonly changes: readonly Change[] | undefined;
}

async function decide(
  rows: readonly ForeignRow[],
  { store, clock }: ImportComponents,
  settings: ImportOptions,
): Promise<Decided[]> {
  const reads = rows.map((row) => importReads(row));
  const found = await store.load(reads.flatMap(({ user, held }) => [user, held]));
  return rows.map((row, index) => {
    const [user, held] = found.slice(2 * index) as [User | undefined, true | undefined];
    const decision = importUser(row, { user, held }, { now: clock(), settings });
    const changes = decision.result === "imported" ? decision.changes : undefined;
    return { row, result: decision.result, changes };
  });
}

async function commit(
  decisions: readonly (readonly Change[])[],
  { store, fault }: ImportComponents,
): Promise<("applied" | "conflict")[]> {
  const outcomes = await store.commit(decisions);
  return outcomes.map(({ status }) => {
    if (status === "applied" || status === "conflict") return status;
    throw fault();
  });
}

function* batches(rows: Iterable<ForeignRow>): Iterable<ForeignRow[]> {
  let batch: ForeignRow[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
