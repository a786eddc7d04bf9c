import fc from "fast-check";
import { expect, test } from "vitest";
import { enqueue } from "../../../src/pipeline/order.js";
import type { Work } from "../../../src/pipeline/work.js";
import type { Session } from "../../../src/pipeline/session.js";
import type { Reply } from "../../../src/protocol/v1/reply.js";

/** Order asks nothing else of a session. */
function emptySession(): Session {
  return { works: [] as Work[], promised: 0 } as unknown as Session;
}

function numbered(nonce: number): Reply {
  return { kind: "challenge", dialect: "long", purpose: "login", nonce: String(nonce) };
}

test("replies leave in the order of arrival, changes never overlap with anything, reads overlap with reads", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ parallel: fc.boolean(), turns: fc.nat(5) }), { maxLength: 16 }),
      async (plan) => {
        const session = emptySession();
        const released: string[] = [];
        const running = new Set<number>();
        await Promise.all(
          plan.map(async ({ parallel, turns }, index) => {
            const settled = new Promise<void>((resolve) => {
              const run = async (): Promise<Reply> => {
                for (const other of running) expect(parallel && plan[other]?.parallel).toBe(true);
                running.add(index);
                for (let turn = 0; turn < turns; turn++) await Promise.resolve();
                running.delete(index);
                resolve();
                return numbered(index);
              };
              enqueue(
                session,
                { parallel, run, packets: 0, after: () => undefined, state: "waiting", reply: undefined },
                (_, reply) => {
                  if (reply?.dialect !== "v2" && reply?.kind === "challenge") released.push(reply.nonce);
                },
              );
            });
            await settled;
          }),
        );
        await new Promise(setImmediate);
        expect(released).toEqual(plan.map((_, index) => String(index)));
        expect(session.works).toEqual([]);
      },
    ),
  );
});

test("a read waits for a change before it, and a change for a read before it", async () => {
  const session = emptySession();
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string, parallel: boolean): Work => ({
    parallel,
    packets: 0,
    after: () => undefined,
    state: "waiting",
    reply: undefined,
    run: () => {
      started.push(name);
      return new Promise((resolve) => ends.push(() => resolve(undefined)));
    },
  });
  for (const [name, parallel] of [
    ["r1", true],
    ["r2", true],
    ["w1", false],
    ["r3", true],
  ] as const) {
    enqueue(session, work(name, parallel), () => undefined);
  }
  expect(started).toEqual(["r1", "r2"]);
  ends.splice(0).forEach((end) => end());
  await new Promise(setImmediate);
  expect(started).toEqual(["r1", "r2", "w1"]);
  ends.splice(0).forEach((end) => end());
  await new Promise(setImmediate);
  expect(started).toEqual(["r1", "r2", "w1", "r3"]);
});
