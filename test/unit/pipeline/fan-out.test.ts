/** What one message does to many mailboxes: one after the other, as fast as a Nym client is seen to send. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Bridge } from "../../../src/bridge/bridge.js";
import { forgetLane, handedOver, laneRead } from "../../../src/pipeline/backlog.js";
import { createFanOut } from "../../../src/pipeline/fan-out.js";
import { createPoolClient, hear, type PoolClient, type Session } from "../../../src/pipeline/session.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import type { UserId } from "../../../src/store/identifiers.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const users = (first: number, count: number): UserId[] =>
  Array.from({ length: count }, (_, index) => (first + index) as UserId);

const nobody = (): boolean => false;

interface StartOptions {
  readonly clients?: number;
  /** Who is not there, and for whom there is nothing that they were not sent before. */
  readonly away?: (user: UserId) => boolean;
  readonly nothingFor?: (user: UserId) => boolean;
}

/** Nym clients whose lanes hold what `lengthOf` says, and tell so a millisecond after they were asked. */
function start(
  lengthOf: (user: UserId) => number,
  { clients = 1, away = nobody, nothingFor = nobody }: StartOptions = {},
) {
  const pool: PoolClient[] = Array.from({ length: clients }, (_, index) => {
    const client = createPoolClient({ index } as Bridge, 10_000, forgetLane);
    return Object.assign(client, { open: true, tells: true });
  });
  const woken: UserId[] = [];
  const asked: UserId[] = [];
  const userOf = new Map<Session, UserId>();
  const answer = (session: Session, length: number): void => {
    laneRead(session, length);
    fanOut.laneRead(session);
  };
  const fanOut = createFanOut({
    clients,
    wake(user) {
      woken.push(user);
      const client = pool[user % clients];
      if (client === undefined || away(user)) return undefined;
      const session = hear(client, user.toString(16).padStart(32, "0") as SenderTag, () => 0);
      userOf.set(session, user);
      if (nothingFor(user)) return Promise.resolve(session);
      handedOver(session, 1);
      // The Nym client says at once what was there before.
      setTimeout(() => answer(session, 0), 0);
      return Promise.resolve(session);
    },
    askLane(session) {
      const user = userOf.get(session) as UserId;
      asked.push(user);
      handedOver(session, 0);
      setTimeout(() => answer(session, lengthOf(user)), 1);
    },
  });
  const read = (user: UserId, length: number): void => {
    for (const [session, owner] of userOf) if (owner === user) answer(session, length);
  };
  const underWay = (): number => pool.reduce((sum, { queued }) => sum + queued, 0);
  return { fanOut, woken, asked, read, underWay };
}

it("wakes the first at once, and the next as soon as what it brought has left", async () => {
  const full = new Set<UserId>();
  const { fanOut, woken } = start((user) => (full.has(user) ? 1 : 0));
  full.add(2 as UserId);
  fanOut.stored(users(1, 100));
  expect(woken).toEqual([1]);
  await vi.advanceTimersByTimeAsync(3);
  expect(woken).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(50);
  expect(woken).toEqual([1, 2]);
  full.clear();
  await vi.advanceTimersByTimeAsync(400);
  expect(woken).toEqual(users(1, 100));
});

it("asks only lanes that something of it is in, and not again before they have told", async () => {
  const { fanOut, asked, underWay } = start(() => 1);
  fanOut.stored(users(1, 3));
  await vi.advanceTimersByTimeAsync(41);
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.length).toBeLessThan(15);
  expect(new Set(asked)).toEqual(new Set([1]));
  expect(underWay()).toBe(1);
});

it("has as many lanes under way as there are Nym clients", async () => {
  const { fanOut, woken, underWay } = start(() => 1, { clients: 3 });
  fanOut.stored(users(1, 100));
  await vi.advanceTimersByTimeAsync(50);
  expect(woken).toHaveLength(3);
  expect(underWay()).toBe(3);
});

it("waits for nobody to whom nothing goes", async () => {
  const { fanOut, woken } = start(() => 1, { away: (user) => user < 50, nothingFor: (user) => user < 60 });
  fanOut.stored(users(1, 100));
  expect(woken).toEqual(users(1, 50));
  await vi.advanceTimersByTimeAsync(1);
  expect(woken).toEqual(users(1, 60));
});

it("waits but once for lanes that do not drain, and for a while only", async () => {
  const stuck = new Set(users(1, 5));
  const { fanOut, woken } = start((user) => (stuck.has(user) ? 1 : 0));
  fanOut.stored(users(1, 10));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(woken).toEqual(users(1, 10));
  woken.length = 0;
  fanOut.stored(users(1, 10));
  await vi.advanceTimersByTimeAsync(0);
  expect(woken).toEqual(users(1, 6));
  await vi.advanceTimersByTimeAsync(50);
  expect(woken).toEqual(users(1, 10));
});

it("waits again for a lane that has drained meanwhile", async () => {
  const { fanOut, woken, read } = start((user) => (user === 1 ? 1 : 0));
  fanOut.stored(users(1, 2));
  await vi.advanceTimersByTimeAsync(1_000);
  read(1 as UserId, 0);
  woken.length = 0;
  fanOut.stored(users(1, 2));
  await vi.advanceTimersByTimeAsync(20);
  expect(woken).toEqual([1]);
});

it("serves what comes later in turn with what was there before", async () => {
  const { fanOut, woken } = start(() => 0);
  fanOut.stored(users(1, 100));
  fanOut.stored(users(1_001, 4));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(woken).toHaveLength(104);
  expect(woken.indexOf(1_004 as UserId)).toBeLessThan(12);
});

it("lets what is for few go at once", () => {
  const { fanOut, woken } = start(() => 1);
  fanOut.stored(users(1, 100));
  fanOut.stored([]);
  fanOut.stored(users(2_000, 1));
  expect(woken).toEqual([1, 2_000]);
});
