/**
 * Batches of decisions as one flat buffer, which goes to the writer's thread by transfer: a structured clone of the same
 * objects costs several times as much on both sides. `decode(encode(x))` equals `x`.
 */
import type { Change, Outcome } from "../changes.js";
import type { UserId } from "../identifiers.js";
import { ByteReader, ByteWriter } from "./byte-buffer.js";
import { change } from "./change-layouts.js";
import { list } from "./fields.js";

/** The changes of one decision. */
export type DecisionChanges = readonly Change[];

const STATUS_CODES = { applied: 1, conflict: 2, refused: 3, failed: 4 } as const satisfies Record<
  Outcome["status"],
  number
>;
const STATUSES = new Map<number, Outcome["status"]>(
  Object.entries(STATUS_CODES).map(([status, code]) => [code, status as Outcome["status"]]),
);
const BYTES_PER_DECISION = 512;
const NONE = { users: [], receipts: [] };

const batch = list(list(change));

/** Encodes a batch, in order. */
export function encodeBatch(decisions: readonly DecisionChanges[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(decisions.length * BYTES_PER_DECISION);
  batch.write(writer, decisions);
  return writer.finish();
}

/** Decodes what `encodeBatch` made. */
export function decodeBatch(bytes: Uint8Array): readonly DecisionChanges[] {
  return batch.read(new ByteReader(bytes));
}

/** Encodes what became of a batch: for each decision a code, how many users it made, and their ids; receipts likewise. */
export function encodeOutcomes(outcomes: readonly Outcome[]): number[] {
  const numbers: number[] = [];
  for (const outcome of outcomes) {
    const { users, receipts } = outcome.status === "applied" ? outcome : NONE;
    numbers.push(STATUS_CODES[outcome.status], users.length, ...users, receipts.length, ...receipts);
  }
  return numbers;
}

/** Decodes what `encodeOutcomes` made. */
export function decodeOutcomes(numbers: readonly number[]): Outcome[] {
  const outcomes: Outcome[] = [];
  let next = 0;
  const take = (): number => numbers[next++] ?? 0;
  const takeUsers = (): UserId[] => Array.from({ length: take() }, () => take() as UserId);
  while (next < numbers.length) {
    const status = STATUSES.get(take()) ?? "failed";
    const users = takeUsers();
    const receipts = takeUsers();
    outcomes.push(status === "applied" ? { status, users, receipts } : { status });
  }
  return outcomes;
}
