/**
 * Both sides of a conversation, found again by somebody who has nothing left but their keys: through the directory as it is
 * run, on a mixnet that loses every twentieth message and lets others overtake each other.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answers } from "../../src/protocol/v2/reply.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { until } from "../support/until.js";
import { freshId } from "../support/v2-person.js";
import { named, type V2User } from "../support/v2-user.js";
import { startV2World, type V2World } from "../support/v2-world.js";

const CLOCK = new URL("../fixtures/directory/hours-on-signal.js", import.meta.url).href;
const FAULTS = { loss: 0.05, reorder: 0.2, reorderMs: 20, jitterMs: 5 };
const PATIENCE = 120_000;

let world: V2World;

beforeAll(async () => {
  const env = {
    ...{ NODE_OPTIONS: `--import ${CLOCK}`, MAINTENANCE_MINUTES: "0.01" },
    ...{ HISTORY_COPIES: "4", HISTORY_DAYS: "0.05" },
  };
  world = await startV2World(env, { faults: FAULTS, seed: "history" });
}, PATIENCE);
afterAll(() => world[Symbol.asyncDispose]());

async function people(story: string): Promise<readonly [V2User, V2User, V2User]> {
  const [alice, bob, carol] = await world.users(`alice-${story}`, `bob-${story}`, `carol-${story}`);
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error("somebody is missing");
  return [alice, bob, carol];
}

/** Sends a text with a copy of it that only its sender could read. */
async function say(by: V2User, to: V2User, text: string, id: RequestId = freshId()): Promise<RequestId> {
  const copy = Buffer.from(`sealed: ${text}`);
  const body = { recipient: named(to.name), body: Buffer.from(text), receipt: false, copy };
  expect(await by.ask("send", body, { id })).toMatchObject({ result: "ok" });
  return id;
}

async function pageOf(by: V2User, after: number, of?: V2User): Promise<Answers["history"]> {
  const body = { ...(of !== undefined && { name: named(of.name) }), after, packets: 1 };
  const reply = await by.ask("history", body);
  if (reply.result !== "ok") throw new Error(`a history was answered ${reply.result}`);
  return reply.answer;
}

async function historyOf(by: V2User, of?: V2User): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let after = 0, more = true; more;) {
    const page = await pageOf(by, after, of);
    texts.push(...page.copies.map(({ copy }) => Buffer.from(copy).toString()));
    ({ more } = page);
    after = page.copies.at(-1)?.cursor ?? after;
  }
  return texts;
}

async function unreadOf(by: V2User): Promise<Readonly<Record<string, number>>> {
  const reply = await by.ask("unread", { after: 0, packets: 1 });
  if (reply.result !== "ok") throw new Error(`a question was answered ${reply.result}`);
  return Object.fromEntries(reply.answer.senders.map(({ sender, messages }) => [sender, messages]));
}

test("what was said is found again, conversation by conversation, once each", { timeout: PATIENCE }, async () => {
  const [alice, bob, carol] = await people("remembers");
  const id = await say(alice, bob, "are you there?");
  await say(alice, carol, "and you?");
  await world.again("SIGKILL");
  await say(alice, bob, "are you there?", id);
  await say(alice, bob, "well then");
  await say(carol, bob, "so am I");
  expect(await historyOf(alice, bob)).toEqual(["sealed: are you there?", "sealed: well then"]);
  expect(await historyOf(alice)).toEqual(["sealed: are you there?", "sealed: and you?", "sealed: well then"]);
  expect(await historyOf(carol)).toEqual(["sealed: so am I"]);
  expect(await historyOf(bob, alice)).toEqual([]);
  expect(await unreadOf(bob)).toEqual({ [alice.name]: 2, [carol.name]: 1 });
  await bob.acknowledge(1);
  expect(await unreadOf(bob)).toEqual({ [alice.name]: 1, [carol.name]: 1 });
  await bob.acknowledge(2, 3);
  expect(await unreadOf(bob)).toEqual({});
  expect(await historyOf(alice, bob)).toHaveLength(2);
});

test("the oldest give way, and a copy that is refused takes no place", { timeout: PATIENCE }, async () => {
  const [alice, bob, carol] = await people("says-much");
  expect(await bob.ask("contact", { verb: "block", name: named(alice.name) })).toMatchObject({ result: "ok" });
  for (const text of ["one", "two", "three"]) await say(alice, carol, text);
  await say(alice, bob, "not heard");
  await say(alice, carol, "four");
  const body = { recipient: named(`${bob.name}-who-is-nobody`), body: Buffer.from("five"), receipt: false };
  expect(await alice.ask("send", { ...body, copy: Buffer.from("sealed: five") })).toMatchObject({ result: "notFound" });
  expect(await historyOf(alice)).toEqual(["two", "three", "not heard", "four"].map((text) => `sealed: ${text}`));
  expect(await unreadOf(bob)).toEqual({});
});

test("what is kept ends with its time, and with the name", { timeout: PATIENCE }, async () => {
  const [alice, bob, carol] = await people("is-forgotten");
  await say(alice, bob, "for a while");
  await say(carol, bob, "for a while");
  expect(await alice.ask("release", {})).toMatchObject({ result: "ok" });
  expect(await historyOf(carol)).toEqual(["sealed: for a while"]);
  world.process.child.kill("SIGUSR2");
  await world.process.says("clock set 2\n");
  world.process.child.kill("SIGUSR2");
  await world.process.says("clock set 4\n");
  await until(async () => (await historyOf(carol)).length === 0);
  await say(carol, bob, "and on");
  expect((await pageOf(carol, 0)).copies).toMatchObject([{ cursor: 2 }]);
});
