/**
 * Conversations that begin while the other is away: through the directory as it is run, on a mixnet that loses every twentieth
 * message and lets others overtake each other.
 */
import { sign, verify } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ed25519Der } from "../../src/protocol/v2/ed25519.js";
import type { ContactVerb } from "../../src/protocol/v2/contacts.js";
import type { Answers } from "../../src/protocol/v2/reply.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { prekeyText } from "../../src/protocol/v2/signed-texts.js";
import { command, newFolder } from "../support/command.js";
import {
  digestOf,
  oneTimePrekey,
  type PrekeyMaker,
  type Publication,
  publicationOf,
  takenIn,
} from "../support/v2-prekeys.js";
import { freshId } from "../support/v2-person.js";
import { named, type V2User } from "../support/v2-user.js";
import { startV2World, type V2World } from "../support/v2-world.js";

const CLOCK = new URL("../fixtures/directory/hours-on-signal.js", import.meta.url).href;
const FAULTS = { loss: 0.05, reorder: 0.2, reorderMs: 20, jitterMs: 5 };
const PATIENCE = 120_000;
const PER_HOUR = 8;
const ALL = { signed: 1, lastResort: 2 } as const;

let world: V2World;

beforeAll(async () => {
  const env = { NODE_OPTIONS: `--import ${CLOCK}`, PREKEYS_PER_HOUR: `${PER_HOUR}`, PREKEYS_LOW: "2" };
  world = await startV2World(env, { faults: FAULTS, seed: "prekeys" });
}, PATIENCE);
afterAll(() => world[Symbol.asyncDispose]());

async function people(story: string): Promise<readonly [V2User, V2User, V2User]> {
  const [alice, bob, carol] = await world.users(`alice-${story}`, `bob-${story}`, `carol-${story}`);
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error("somebody is missing");
  return [alice, bob, carol];
}

function makerOf({ name, keys, keyVersion }: V2User): PrekeyMaker {
  return { name, keyVersion, key: { sign: (text) => sign(null, text, keys.privateKey) } };
}

async function identityOf(user: V2User): Promise<Uint8Array> {
  return (user.bound ?? (await user.refresh())).identity;
}

/** How many one-time prekeys there are then. */
async function publish(user: V2User, of: Publication): Promise<number> {
  const reply = await user.ask("publish", publicationOf(makerOf(user), of, await identityOf(user)));
  if (reply.result !== "ok") throw new Error(`a publication was answered ${reply.result}`);
  return reply.answer.count;
}

async function take(by: V2User, from: V2User, id: RequestId = freshId()): Promise<Answers["take"]> {
  const reply = await by.ask("take", { name: named(from.name) }, { id });
  if (reply.result !== "ok") throw new Error(`a take was answered ${reply.result}`);
  return reply.answer;
}

/** What the answer gives, in short, for once the signed prekey was seen to be signed by the key that a look-up brings. */
async function taken(by: V2User, from: V2User, id: RequestId = freshId()): Promise<number | string> {
  const answer = await take(by, from, id);
  const { user, signed, oneTime } = answer;
  const found = await by.ask("lookup", { name: named(from.name) });
  expect(found).toMatchObject({ answer: { user } });
  if (signed === undefined) throw new Error("no signed prekey");
  const owner = { directory: await identityOf(by), name: user.name, keyVersion: user.keyVersion };
  const key = { key: Buffer.from(ed25519Der(user.key)), format: "der", type: "spki" } as const;
  expect(verify(null, prekeyText(owner, "signed", signed), key, signed.signature)).toBe(true);
  if (oneTime !== undefined) expect(oneTime).toEqual(oneTimePrekey(from.name, oneTime.id));
  return takenIn({ result: "ok", action: "take", answer });
}

async function published(by: V2User): Promise<Answers["prekeys"]> {
  const reply = await by.ask("prekeys", {});
  if (reply.result !== "ok") throw new Error(`a question was answered ${reply.result}`);
  return reply.answer;
}

test(
  "each who begins with somebody who is away gets a prekey of their own, the same again, and the last of them the last resort",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob, carol] = await people("is-away");
    expect(await publish(alice, { ...ALL, oneTime: [1, 2, 3] })).toBe(3);
    await alice.ask("logout", {});
    const id = freshId();
    const first = await taken(bob, alice, id);
    await world.again("SIGKILL");
    expect(await taken(bob, alice, id)).toBe(first);
    const others = [await taken(carol, alice), await taken(bob, alice)];
    expect([first, ...others].toSorted()).toEqual([1, 2, 3]);
    expect([await taken(carol, alice), await taken(bob, alice)]).toEqual(["last resort", "last resort"]);
    expect(await taken(bob, alice, id)).toBe(first);
    // Back again: the notice that came once, what is left, and more.
    expect(await alice.fetch()).toEqual([{ sequence: 1, kind: "prekeys", count: 1 }]);
    const { count, digest } = await published(alice);
    expect({ count, digest }).toEqual({ count: 0, digest: digestOf(makerOf(alice), ALL) });
    expect(await publish(alice, { oneTime: [4, 5] })).toBe(2);
    expect([4, 5]).toContain(await taken(carol, alice));
  },
);

test("nobody uses up what is there for the others of an hour", { timeout: PATIENCE }, async () => {
  const [alice, bob] = await people("is-besieged");
  const oneTime = Array.from({ length: 3 * PER_HOUR }, (_, index) => index + 1);
  await publish(alice, { ...ALL, oneTime });
  let count = 0;
  while ((await taken(bob, alice)) !== "last resort") count++;
  expect(count).toBeGreaterThanOrEqual(PER_HOUR / 2);
  // An hour may have ended meanwhile.
  expect(count).toBeLessThanOrEqual(PER_HOUR);
  expect((await published(alice)).count).toBe(oneTime.length - count);
  world.process.child.kill("SIGUSR2");
  await world.process.says("clock set 2\n");
  expect(await taken(bob, alice)).toBeTypeOf("number");
});

test("a key that changes takes the prekeys with it that it signed", { timeout: PATIENCE }, async () => {
  const [alice, bob] = await people("changes-keys");
  await publish(alice, { ...ALL, oneTime: [1, 2] });
  const id = freshId();
  expect([1, 2]).toContain(await taken(bob, alice, id));
  expect(await alice.changeKey("rotate")).toMatchObject({ result: "ok" });
  for (const each of [id, freshId()])
    expect(await bob.ask("take", { name: named(alice.name) }, { id: each })).toMatchObject({ result: "notApplicable" });
  expect(await publish(alice, { ...ALL, oneTime: [3] })).toBe(1);
  expect(await take(bob, alice)).toMatchObject({ user: { keyVersion: 2 }, oneTime: { id: 3 } });
});

test(
  "who is not heard gets the last resort, and cannot tell it from none being left",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob, carol] = await people("hears-contacts");
    await publish(alice, { ...ALL, oneTime: [1, 2] });
    const contact = async (by: V2User, verb: ContactVerb, other: V2User): Promise<void> => {
      expect(await by.ask("contact", { verb, name: named(other.name) })).toMatchObject({ result: "ok" });
    };
    await contact(bob, "request", alice);
    await contact(alice, "accept", bob);
    expect(await alice.ask("policy", { policy: "contacts" })).toMatchObject({ result: "ok" });
    const refused = await take(carol, alice);
    const first = await taken(bob, alice);
    expect([1, 2]).toContain(first);
    await contact(alice, "block", bob);
    expect(await taken(bob, alice)).toBe("last resort");
    await contact(alice, "unblock", bob);
    expect(await taken(bob, alice)).toBe(3 - Number(first));
    expect(await take(bob, alice)).toEqual(refused);
  },
);

test("a directory that is put back to a backup gives no one-time prekey of before", { timeout: PATIENCE }, async () => {
  const [alice, bob, carol] = await people("is-put-back");
  const folder = newFolder();
  const act = async (action: "backup" | "restore"): Promise<void> => {
    const { process } = world;
    await process.stop("SIGINT");
    const ended = await command(folder, [action, join(folder, "copy.db")], { DATA_DIR: process.dataDir });
    expect(ended).toMatchObject({ code: 0 });
    await world.again("SIGINT");
  };
  await publish(alice, { ...ALL, oneTime: [1, 2, 3] });
  const id = freshId();
  await taken(bob, alice, id);
  await act("backup");
  await taken(carol, alice);
  await act("restore");
  expect(await published(alice)).toMatchObject({ count: 0, signed: { id: 1 }, lastResort: { id: 2 } });
  expect([await taken(carol, alice), await taken(bob, alice, id)]).toEqual(["last resort", "last resort"]);
  expect(await publish(alice, { oneTime: [4] })).toBe(1);
  expect(await taken(carol, alice)).toBe(4);
});
