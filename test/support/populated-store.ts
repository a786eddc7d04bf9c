/** Stores as their contract's tests begin with them: with a few users, and a clock to set; and how commits end. */
import { decodeItem } from "../../src/protocol/v2/payload.js";
import type { Item } from "../../src/protocol/v2/reply.js";
import type { Change, Outcome } from "../../src/store/changes.js";
import { outcomeOf } from "../../src/store/rows.js";
import type { MailboxQuota, Store } from "../../src/store/store.js";
import { at, id, outcomeId } from "./changes.js";

/** Opens an empty store, and has it closed when the test has finished. */
export type OpenStore = (options: { quota: MailboxQuota | undefined; now: () => number }) => Promise<Store>;

export const APPLIED: Outcome = { status: "applied", users: [], receipts: [] };
export const CONFLICT: Outcome = { status: "conflict" };
export const REFUSED: Outcome = { status: "refused" };

/** Applied, and receipts came into the mailboxes of these users. */
export function appliedWith(...receipts: readonly number[]): Outcome {
  return { status: "applied", users: [], receipts: receipts.map(id) };
}

/** Opens stores with these users, numbered from 1, at whose clock it is the first hour. */
export function populating(open: OpenStore, ...users: readonly Change[]) {
  return async (quota?: MailboxQuota): Promise<{ store: Store; clock: { now: number } }> => {
    const clock = { now: at(0) };
    const store = await open({ quota, now: () => clock.now });
    await store.commit(users.map((user) => [user]));
    return { store, clock };
  };
}

/** What waits for a user, read. */
export async function itemsOf(store: Store, user: number): Promise<(Item | undefined)[]> {
  return (await store.deliveries(id(user), 0, 100)).map(({ sequence, payload }) => decodeItem(sequence, payload));
}

/** The same as text. */
export async function payloadsOf(store: Store, user: number): Promise<string[]> {
  return (await store.deliveries(id(user), 0, 100)).map(({ payload }) => Buffer.from(payload).toString());
}

/** The codes of these outcomes, if they are remembered. */
export async function codesOf(store: Store, ...numbers: readonly number[]): Promise<(number | undefined)[]> {
  const outcomes = await store.load(numbers.map((number) => outcomeOf(outcomeId(number))));
  return outcomes.map((outcome) => (outcome as { code: number } | undefined)?.code);
}
