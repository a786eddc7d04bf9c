import { expect, test } from "vitest";
import type { Outcome } from "../../../../src/store/changes.js";
import type { UserId } from "../../../../src/store/identifiers.js";
import { decodeBatch, encodeOutcomes } from "../../../../src/store/sqlite/batch-codec.js";
import { StoreError } from "../../../../src/store/sqlite/errors.js";
import type { StoreFault } from "../../../../src/store/sqlite/fault.js";
import { GroupCommit, MOST_DECISIONS } from "../../../../src/store/sqlite/group-commit.js";
import type { WriterCalls } from "../../../../src/store/sqlite/writer-protocol.js";
import { rememberReplay } from "../../../support/changes.js";
import { until } from "../../../support/until.js";

type Commit = WriterCalls["commit"];

/** A queue before a writer that answers when the test says so; its answer numbers the decisions of all batches. */
function manualWriter() {
  const batches: { readonly size: number; answer(): void; fail(error: StoreError): void }[] = [];
  const faults: StoreFault[] = [];
  let numbered = 0;
  const call = (_: string, request: object): Promise<never> =>
    new Promise((resolve: (result: Commit["result"]) => void, reject) => {
      const size = decodeBatch((request as Commit["request"]).batch).length;
      const outcomes = (): Outcome[] =>
        Array.from({ length: size }, () => ({ status: "applied", users: [numbered++ as UserId], receipts: [] }));
      batches.push({
        size,
        answer: () => resolve({ outcomes: encodeOutcomes(outcomes()), fault: undefined }),
        fail: reject,
      });
    }) as Promise<never>;
  const queue = new GroupCommit(
    { call },
    () => 0,
    (fault) => void faults.push(fault),
  );
  return { queue, batches, faults };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
const decisions = (count: number) => Array.from({ length: count }, (_, index) => [rememberReplay(index)]);
const numbers = (outcomes: readonly Outcome[]): number[] =>
  outcomes.flatMap((outcome) => (outcome.status === "applied" ? outcome.users : []));

test("what arrives while a transaction runs goes into the next one, and each caller gets its own outcomes", async () => {
  const { queue, batches } = manualWriter();
  const first = [queue.commit(decisions(1)), queue.commit(decisions(2))];
  await turn();
  expect(batches.map(({ size }) => size)).toEqual([3]);

  const second = [queue.commit(decisions(1)), queue.commit(decisions(3)), queue.commit(decisions(1))];
  await turn();
  expect(batches).toHaveLength(1);
  batches[0]?.answer();
  expect((await Promise.all(first)).map(numbers)).toEqual([[0], [1, 2]]);
  await turn();
  expect(batches.map(({ size }) => size)).toEqual([3, 5]);
  batches[1]?.answer();
  expect((await Promise.all(second)).map(numbers)).toEqual([[3], [4, 5, 6], [7]]);
});

test("a transaction has a bound, and a call is never split", async () => {
  const { queue, batches } = manualWriter();
  const sizes = [MOST_DECISIONS - 1, 2, MOST_DECISIONS + 5, 1];
  const calls = sizes.map((size) => queue.commit(decisions(size)));
  for (const index of sizes.keys()) {
    await turn();
    batches[index]?.answer();
  }
  expect((await Promise.all(calls)).map((outcomes) => outcomes.length)).toEqual(sizes);
  expect(batches.map(({ size }) => size)).toEqual(sizes);
});

test("a transaction that fails is failed for everybody in it, and for nobody after it", async () => {
  const { queue, batches, faults } = manualWriter();
  const first = [queue.commit(decisions(1)), queue.commit(decisions(2))];
  await turn();
  const second = queue.commit(decisions(1));
  batches[0]?.fail(new StoreError("full", "no room"));
  expect(await Promise.all(first)).toEqual([[{ status: "failed" }], [{ status: "failed" }, { status: "failed" }]]);
  await turn();
  batches[1]?.answer();
  expect(numbers(await second)).toEqual([0]);
  expect(faults).toEqual([{ code: "full", fatal: false }]);
});

test("a thread that dies fails its transaction, and reports its death by itself", async () => {
  const { queue, batches, faults } = manualWriter();
  const commit = queue.commit(decisions(1));
  await turn();
  batches[0]?.fail(new StoreError("writerGone", "gone"));
  expect(await commit).toEqual([{ status: "failed" }]);
  expect(faults).toEqual([]);
});

test("draining waits for everything that was committed", async () => {
  const { queue, batches } = manualWriter();
  let settled = 0;
  for (const size of [1, 2]) {
    void queue.commit(decisions(size)).then(() => settled++);
    await turn();
  }
  const drained = queue.drain();
  batches[0]?.answer();
  await turn();
  batches[1]?.answer();
  await drained;
  expect(settled).toBe(2);
});

test("what is in no hurry goes with the next transaction, or soon after by itself, or at the end", async () => {
  const { queue, batches } = manualWriter();
  const lazy = [queue.commitLazily(decisions(1)), queue.commitLazily(decisions(2))];
  await turn();
  expect(batches).toHaveLength(0);
  const prompt = queue.commit(decisions(4));
  await turn();
  expect(batches.map(({ size }) => size)).toEqual([7]);
  batches[0]?.answer();
  expect((await Promise.all([prompt, ...lazy])).map((outcomes) => numbers(outcomes).length)).toEqual([4, 1, 2]);

  void queue.commitLazily(decisions(1));
  await until(() => batches.length === 2);
  batches[1]?.answer();
  void queue.commitLazily(decisions(3));
  const drained = queue.drain();
  await turn();
  expect(batches.map(({ size }) => size)).toEqual([7, 1, 3]);
  batches[2]?.answer();
  await drained;
});
