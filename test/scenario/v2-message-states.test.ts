/** The way of a message, as the state diagram of docs/protocol.md has it: each of its transitions is walked, and it has no others. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MessageState } from "../../src/protocol/v2/reply.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { readDoc } from "../support/docs.js";
import { LoopbackUser } from "../support/loopback-user.js";
import { until } from "../support/until.js";
import type { V2User } from "../support/v2-user.js";
import { startV2World, type V2World } from "../support/v2-world.js";

const CLOCK = new URL("../fixtures/directory/hours-on-signal.js", import.meta.url).href;
const HOURS = 1;

let world: V2World;
let hours = 0;

beforeAll(async () => {
  world = await startV2World({
    NODE_OPTIONS: `--import ${CLOCK}`,
    MAINTENANCE_MINUTES: "0.001",
    ACK_SECONDS: "0.2",
    ACK_MAX_SECONDS: "0.2",
  });
});
afterAll(() => world[Symbol.asyncDispose]());

/** Somebody who writes, and somebody who gets it: unasked, or only when they ask. */
async function pair(story: string, reads: "pushed" | "asks"): Promise<readonly [V2User, V2User]> {
  const [alice, bob] = await world.users(`alice-${story}`, `bob-${story}`);
  if (alice === undefined || bob === undefined) throw new Error("somebody is missing");
  if (reads === "asks") await bob.ask("logout", {});
  return [alice, bob];
}

async function stored(from: V2User, to: { readonly name: string }): Promise<RequestId> {
  const { id, result } = await from.send(to.name, JSON.stringify(`to ${to.name}`), { hours: HOURS });
  expect(result).toBe("ok");
  return id;
}

async function stateOf(sender: V2User, id: RequestId): Promise<MessageState | undefined> {
  const reply = await sender.ask("receipts", { ids: [id] });
  return reply.result === "ok" ? reply.answer.states[0] : undefined;
}

async function timePasses(): Promise<void> {
  world.process.child.kill("SIGUSR2");
  await world.process.says(`clock set ${(hours += 2)}\n`);
}

/** How each transition comes about; each walk begins with a message of its own. */
const WALKS: Readonly<Record<string, (story: string) => Promise<void>>> = {
  async "[*] -> Stored"(story) {
    const [alice, bob] = await pair(story, "asks");
    expect(await stateOf(alice, await stored(alice, bob))).toBe("stored");
  },
  async "Stored -> Leased"(story) {
    const [alice, bob] = await pair(story, "pushed");
    const id = await stored(alice, bob);
    await bob.got(1);
    expect(await stateOf(alice, id)).toBe("stored");
    const [carol, dave] = await pair(`${story}-fetched`, "asks");
    const other = await stored(carol, dave);
    expect(await dave.fetch()).toHaveLength(1);
    expect(await stateOf(carol, other)).toBe("stored");
  },
  async "Leased -> Stored"(story) {
    const [alice, bob] = await pair(story, "pushed");
    const id = await stored(alice, bob);
    // Whatever is not acknowledged comes again.
    const items = await bob.got(2);
    expect(new Set(items.map(({ sequence }) => sequence))).toEqual(new Set([1]));
    expect(await stateOf(alice, id)).toBe("stored");
  },
  async "Stored -> Delivered"(story) {
    const [alice, bob] = await pair(story, "asks");
    const id = await stored(alice, bob);
    await bob.acknowledge(1);
    expect(await stateOf(alice, id)).toBe("delivered");
  },
  async "Leased -> Delivered"(story) {
    const [alice, bob] = await pair(story, "pushed");
    const id = await stored(alice, bob);
    await bob.got(1);
    await bob.acknowledge(1);
    expect(await stateOf(alice, id)).toBe("delivered");
  },
  async "Stored -> Expired"(story) {
    const [alice, bob] = await pair(story, "asks");
    const id = await stored(alice, bob);
    await timePasses();
    await until(async () => (await stateOf(alice, id)) === "expired");
  },
  async "Leased -> Expired"(story) {
    const [alice, bob] = await pair(story, "pushed");
    const id = await stored(alice, bob);
    await bob.got(1);
    await timePasses();
    await until(async () => (await stateOf(alice, id)) === "expired");
  },
  async "Leased -> HandedOver"(story) {
    const [alice] = await pair(story, "asks");
    const old = await LoopbackUser.connect(`old-${story}`, world.places.users, world.places.directory);
    expect(await old.register()).toBe("success");
    const id = await stored(alice, old);
    await until(async () => (await stateOf(alice, id)) === "handedOver");
    expect(old.messages).toEqual([`to ${old.name}`]);
    old.close();
  },
  async "Delivered -> [*]"(story) {
    const [alice, bob] = await pair(story, "asks");
    await stored(alice, bob);
    await bob.acknowledge(1);
    expect(await bob.fetch()).toEqual([]);
  },
  async "HandedOver -> [*]"(story) {
    const [alice] = await pair(story, "asks");
    const old = await LoopbackUser.connect(`old-${story}`, world.places.users, world.places.directory);
    await old.register();
    const id = await stored(alice, old);
    await until(async () => (await stateOf(alice, id)) === "handedOver");
    // Only once: a log-in brings what waits.
    expect(await old.login()).toBe("success");
    expect(await stateOf(alice, id)).toBe("handedOver");
    expect(old.messages).toHaveLength(1);
    old.close();
  },
  async "Expired -> [*]"(story) {
    const [alice, bob] = await pair(story, "asks");
    const id = await stored(alice, bob);
    await timePasses();
    await until(async () => (await stateOf(alice, id)) === "expired");
    expect(await bob.fetch()).toEqual([]);
  },
};

const diagram = /^## 14\.[\s\S]*?```mermaid([\s\S]*?)```/m.exec(readDoc("docs/protocol.md"))?.[1] ?? "";
const transitions = Array.from(
  diagram.matchAll(/^ *(\S+) --> ([^:\n]+)/gm),
  ([, from, to]) => `${from} -> ${to?.trim()}`,
);

test("the diagram has these transitions, and no others", () => {
  expect(transitions.toSorted()).toEqual(Object.keys(WALKS).toSorted());
});

// One after the other, as the clock is everybody's.
test.each(Object.entries(WALKS).map(([name, walk], index) => [name, `walk-${index}`, walk] as const))(
  "%s",
  async (_, story, walk) => {
    await walk(story);
  },
);
