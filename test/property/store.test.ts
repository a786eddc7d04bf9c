import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change } from "../../src/store/changes.js";
import type { RowKey } from "../../src/store/rows.js";
import { replayOf, routeOwner, userById, userByName } from "../../src/store/rows.js";
import type { Store } from "../../src/store/store.js";
import { hourAfter } from "../../src/util/time.js";
import {
  at,
  CLIENT,
  digest,
  eraseDeliveries,
  hour,
  id,
  insertUser,
  moveRoute,
  refreshRoute,
  rememberReplay,
  storeMessage,
  tag,
} from "../support/changes.js";
import { openMemoryStore } from "../support/memory-store.js";
import { openStore } from "../support/sqlite-store.js";

const NAMES = ["ann", "Ann", "bob", "BOB", "cat", "dan", "eve"];
const USERS = 6;
const TAGS = 5;
const DIGESTS = 8;
const QUOTA = { messages: 40, bytes: 3_000 };

const user = fc.integer({ min: 1, max: USERS });
const tagSeed = fc.integer({ min: 1, max: TAGS });
const keyVersion = fc.constantFrom(1, 1, 1, 2);
const expiry = fc.integer({ min: 0, max: 12 });

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ name: fc.constantFrom(...NAMES), tagSeed }).map(({ name, tagSeed }) => insertUser(name, tagSeed)),
  fc.tuple(user, tagSeed, keyVersion, expiry).map(([u, t, v, e]) => moveRoute(u, t, v, hour(e))),
  fc.tuple(user, tagSeed, keyVersion, expiry).map(([u, t, v, e]) => refreshRoute(u, t, v, hour(e))),
  fc.tuple(fc.integer({ min: 1, max: DIGESTS }), expiry).map(([seed, e]) => rememberReplay(seed, hour(e))),
  {
    weight: 3,
    arbitrary: fc
      .tuple(user, fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 9 }), expiry)
      .map(([u, payload, origin, e]) => storeMessage(u, payload, origin, hour(e))),
  },
  fc
    .tuple(user, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }))
    .map(([u, sequences]) => eraseDeliveries(u, ...sequences)),
);

type Step =
  | { readonly do: "commit"; readonly decisions: readonly (readonly Change[])[] }
  | { readonly do: "wait"; readonly hours: number }
  | { readonly do: "sweep" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      decisions: fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
    }),
  },
  fc.record({ do: fc.constant("wait" as const), hours: fc.double({ min: 0, max: 4, noNaN: true }) }),
  fc.record({ do: fc.constant("sweep" as const) }),
);

const KEYS: readonly RowKey[] = [
  ...NAMES.map(userByName),
  ...Array.from({ length: USERS + 1 }, (_, index) => userById(id(index + 1))),
  ...Array.from({ length: TAGS }, (_, index) => routeOwner(CLIENT, tag(index + 1))),
  ...Array.from({ length: DIGESTS }, (_, index) => replayOf(digest(index + 1))),
];

async function everythingSeenIn(store: Store): Promise<unknown> {
  const mailboxes = Array.from({ length: USERS }, (_, index) => store.deliveries(id(index + 1), 0, 1_000));
  const waiting = (await Promise.all(mailboxes)).flat();
  return {
    rows: await store.load(KEYS),
    counts: await store.counts(),
    waiting: waiting.map(({ recipient, sequence, payload }) => [recipient, sequence, Buffer.from(payload)]),
  };
}

test("SQLite answers every sequence of commits, waits and sweeps as the model does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const clock = { now: at(0) };
      const options = { quota: QUOTA, now: () => clock.now };
      const model = openMemoryStore(options);
      const { store, faults } = await openStore({ ...options, sweepStep: 3 });
      for (const next of steps) {
        if (next.do === "wait") clock.now += next.hours * 3_600_000;
        if (next.do === "sweep") {
          const now = hourAfter(clock.now);
          expect(await store.sweep(now)).toEqual(await model.sweep(now));
        }
        if (next.do === "commit") {
          expect(await store.commit(next.decisions)).toEqual(await model.commit(next.decisions));
        }
        expect(await everythingSeenIn(store)).toEqual(await everythingSeenIn(model));
      }
      expect(faults).toEqual([]);
      await store[Symbol.asyncDispose]();
    }),
    { numRuns: 40 },
  );
}, 120_000);
