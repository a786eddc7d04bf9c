/** What operations of v2 cost, as the mixnet counts it: packets that each Nym client sends, besides acks. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClientSnapshot } from "../../nym-client/loopback/counters.js";
import { until } from "../support/until.js";
import { named, type V2User } from "../support/v2-user.js";
import { SERVICE, startV2World, type V2World } from "../support/v2-world.js";

const ALICE = "alice-counts";
const BOBBY = "bobby-counts";

let world: V2World;
let alice: V2User;
let bobby: V2User;

beforeAll(async () => {
  world = await startV2World();
  alice = await world.user(ALICE);
  bobby = await world.user(BOBBY);
});

afterAll(() => world[Symbol.asyncDispose]());

/** Packets of every kind that left each Nym client while `work` was done. */
async function packets(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const count = (): Record<string, number> => {
    const sum = ({ sent }: ClientSnapshot): number =>
      sent.data + sent.surbRequests + sent.freshSurbs + sent.retransmissions;
    return Object.fromEntries(Object.entries(world.mixnet.counters()).map(([name, book]) => [name, sum(book)]));
  };
  const before = count();
  await work();
  return Object.fromEntries(Object.entries(count()).map(([name, sum]) => [name, sum - (before[name] ?? 0)]));
}

/** Of a user whose clock, epoch and directory are known. */
const one = (name: string, up = 1, down = 1): Record<string, number> => ({
  ...{ [ALICE]: 0, [BOBBY]: 0, [SERVICE]: down },
  [name]: up,
});

describe("one packet up and one down", () => {
  test("for info, and for each half of a registration and of a log-in", async () => {
    for (const user of [alice, bobby]) {
      expect(await packets(() => user.refresh(2))).toEqual(one(user.name));
      expect(await packets(() => user.register({ surbs: 2 }))).toEqual(one(user.name, 2, 2));
      expect(await packets(() => user.login({ surbs: 2 }))).toEqual(one(user.name, 2, 2));
    }
  });

  test("for a look-up, of somebody and of nobody", async () => {
    for (const name of [BOBBY, "nobody-counts"]) {
      expect(await packets(() => alice.ask("lookup", { name: named(name) }, { surbs: 2 }))).toEqual(one(ALICE));
    }
  });

  test("for what one asks about oneself, and for an acknowledgement", async () => {
    expect(await packets(() => alice.ask("status", {}, { surbs: 2 }))).toEqual(one(ALICE));
    expect(await packets(() => alice.ask("ack", { ranges: [{ first: 1, last: 9 }] }, { surbs: 2 }))).toEqual(
      one(ALICE),
    );
    const ids = [(await alice.send(BOBBY, "for its id", { surbs: 2 })).id];
    expect(await packets(() => alice.ask("receipts", { ids }, { surbs: 2 }))).toEqual(one(ALICE));
    await until(() => bobby.pushed.length > 0);
    await bobby.acknowledge(1);
  });
});

describe("a message", () => {
  test.each([
    [0, 1],
    [120, 1],
    [400, 1],
    [1_300, 2],
  ])("of %i bytes takes %i up with two SURBs, one down to its sender, and one to its recipient", async (bytes, up) => {
    const before = bobby.pushed.length;
    const work = async (): Promise<void> => {
      expect(await alice.send(BOBBY, Buffer.alloc(bytes, 7), { surbs: 2 })).toMatchObject({ result: "ok" });
      await until(() => bobby.pushed.length > before);
    };
    const received = world.mixnet.counters(BOBBY).received.data;
    expect(await packets(work)).toEqual(one(ALICE, up, 2));
    expect(world.mixnet.counters(BOBBY).received.data - received).toBe(1);
    await bobby.acknowledge(bobby.pushed.at(-1)?.sequence ?? 0);
  });

  test("asked for: ten of 120 bytes take one packet up with three SURBs, and two down", async () => {
    await bobby.ask("logout", {});
    for (let count = 0; count < 10; count++) await alice.send(BOBBY, Buffer.alloc(120, count));
    // Another tag: whatever was left of SURBs is of no use any more.
    await world.mixnet.restart(BOBBY, "killed");
    await bobby.connect();
    let brought = 0;
    const work = async (): Promise<void> => {
      const reply = await bobby.ask("fetch", { after: 0, packets: 2 }, { surbs: 3 });
      if (reply.result === "ok") brought = reply.answer.items.length;
    };
    const taken = await packets(work);
    expect(brought).toBe(10);
    expect(taken).toEqual(one(BOBBY, 1, taken[SERVICE]));
    expect(taken[SERVICE]).toBeLessThanOrEqual(2);
  });
});

test("no packet was lost, asked for or sent again", () => {
  const { lost, sent } = world.mixnet.counters(SERVICE);
  expect(sent.data).toBeGreaterThan(20);
  expect(sent.surbRequests + sent.retransmissions).toBe(0);
  expect(Object.entries(lost).filter(([, count]) => count !== 0)).toEqual([]);
});
