/**
 * People who become contacts, and say who may write to them: through the directory as it is run, on a mixnet that loses
 * every twentieth message and lets others overtake each other.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContactVerb, Policy } from "../../src/protocol/v2/contacts.js";
import { verifyEd25519 } from "../../src/protocol/v2/ed25519.js";
import { provenBy } from "../../src/protocol/v2/key-chain.js";
import type { LoggedVersion } from "../../src/protocol/v2/key-log.js";
import type { Item, MessageState } from "../../src/protocol/v2/reply.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { LoopbackUser } from "../support/loopback-user.js";
import { until } from "../support/until.js";
import type { V2User } from "../support/v2-user.js";
import { named } from "../support/v2-user.js";
import { startV2World, type V2World } from "../support/v2-world.js";

const CLOCK = new URL("../fixtures/directory/hours-on-signal.js", import.meta.url).href;
const FAULTS = { loss: 0.05, reorder: 0.2, reorderMs: 20, jitterMs: 5 };
const PATIENCE = 120_000;

let world: V2World;
let hours = 0;

beforeAll(async () => {
  const env = { NODE_OPTIONS: `--import ${CLOCK}`, MAINTENANCE_MINUTES: "0.001" };
  world = await startV2World(env, { faults: FAULTS, seed: "contacts" });
}, PATIENCE);
afterAll(() => world[Symbol.asyncDispose]());

async function people(story: string): Promise<readonly [V2User, V2User]> {
  const [alice, bob] = await world.users(`alice-${story}`, `bob-${story}`);
  if (alice === undefined || bob === undefined) throw new Error("somebody is missing");
  return [alice, bob];
}

async function about(user: V2User, verb: ContactVerb, other: { readonly name: string }, note = ""): Promise<string> {
  const body = { verb, name: named(other.name), ...(note !== "" && { note: Buffer.from(note) }) };
  return (await user.ask("contact", body)).result;
}

async function relationsOf(user: V2User): Promise<Readonly<Record<string, string>>> {
  const reply = await user.ask("contacts", { after: 0, packets: 2 }, { surbs: 3 });
  if (reply.result !== "ok") throw new Error(`a list was answered ${reply.result}`);
  const { entries } = reply.answer;
  return Object.fromEntries(
    entries.map(({ name, relation, blocked }) => [name, blocked ? `${relation}, blocked` : relation]),
  );
}

async function hearsFrom(user: V2User, policy: Policy): Promise<void> {
  expect(await user.ask("policy", { policy })).toMatchObject({ result: "ok" });
}

/** What waits, the texts of messages and what contacts have done. */
async function waitingFor(user: V2User): Promise<readonly string[]> {
  return (await user.fetch()).map(inShort);
}

function inShort(item: Item): string {
  if (item.kind === "message") return Buffer.from(item.body).toString();
  if (item.kind === "contact") return `${item.verb} by ${item.name}: ${Buffer.from(item.note).toString()}`;
  return item.kind === "receipt" ? item.state : item.kind;
}

async function stateOf(sender: V2User, id: RequestId): Promise<MessageState | undefined> {
  const reply = await sender.ask("receipts", { ids: [id] });
  return reply.result === "ok" ? reply.answer.states[0] : undefined;
}

async function timePasses(): Promise<void> {
  world.process.child.kill("SIGUSR2");
  await world.process.says(`clock set ${(hours += 2)}\n`);
}

test("two become contacts, write to each other whatever strangers may, and part", { timeout: PATIENCE }, async () => {
  const [alice, bob] = await people("befriends");
  await hearsFrom(bob, "contacts");
  expect(await about(alice, "request", bob, "we met on the train")).toBe("ok");
  expect(await waitingFor(bob)).toEqual([`request by ${alice.name}: we met on the train`]);
  expect(await alice.send(bob.name, "too early")).toMatchObject({ result: "ok" });
  expect(await about(bob, "accept", alice, "I remember")).toBe("ok");
  expect(await waitingFor(alice)).toEqual([`accept by ${bob.name}: I remember`]);
  expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([
    { [bob.name]: "contact" },
    { [alice.name]: "contact" },
  ]);
  await world.again("SIGKILL");
  hours = 0;
  const { id, result } = await alice.send(bob.name, "so here is the book", { receipt: true });
  expect(result).toBe("ok");
  expect((await waitingFor(bob)).slice(1)).toEqual(["so here is the book"]);
  await bob.acknowledge(1, 2);
  expect(await stateOf(alice, id)).toBe("delivered");
  expect(await about(alice, "remove", bob)).toBe("ok");
  expect([await relationsOf(alice), await relationsOf(bob)]).toEqual([{}, {}]);
  await alice.send(bob.name, "too late");
  expect(await waitingFor(bob)).toEqual([]);
});

test(
  "who is blocked sees what those see who write to somebody who is away: no answer, no receipt, and then the end of it",
  { timeout: PATIENCE },
  async () => {
    const [mallory, bob] = await people("blocks");
    const [carol, dave] = await people("is-away");
    await dave.ask("logout", {});
    expect(await about(bob, "block", mallory)).toBe("ok");
    expect(await about(mallory, "request", bob, "hello?")).toBe("ok");
    expect(await about(carol, "request", dave, "hello?")).toBe("ok");
    const sent = [
      await mallory.send(bob.name, "listen", { receipt: true, hours: 1 }),
      await carol.send(dave.name, "listen", { receipt: true, hours: 1 }),
    ] as const;
    const seen = async (): Promise<unknown[]> => [
      [
        sent[0].result,
        await stateOf(mallory, sent[0].id),
        Object.values(await relationsOf(mallory)),
        await waitingFor(mallory),
      ],
      [
        sent[1].result,
        await stateOf(carol, sent[1].id),
        Object.values(await relationsOf(carol)),
        await waitingFor(carol),
      ],
    ];
    const atFirst = await seen();
    expect(atFirst).toEqual(Array(2).fill(["ok", "stored", ["requested"], []]));
    expect(await waitingFor(bob)).toEqual([]);
    await timePasses();
    await until(async () => (await stateOf(mallory, sent[0].id)) === "expired");
    await until(async () => (await stateOf(carol, sent[1].id)) === "expired");
    expect(await seen()).toEqual(Array(2).fill(["ok", "expired", ["requested"], ["expired"]]));
    expect(bob.pushed).toEqual([]);
  },
);

test(
  "a contact learns of another key from the list, a look-up and a message, and proves it",
  { timeout: PATIENCE },
  async () => {
    const [alice, bob] = await people("changes-keys");
    await about(alice, "request", bob);
    await about(bob, "accept", alice);
    const { identity: directory } = await alice.refresh();
    const logOf = async (): Promise<readonly LoggedVersion[]> => {
      const reply = await alice.ask("keyLog", { name: named(bob.name), from: 1 });
      if (reply.result !== "ok") throw new Error(`a log was answered ${reply.result}`);
      return reply.answer.versions;
    };
    const [trusted] = await logOf();
    if (trusted === undefined) throw new Error("there is no key to trust");
    expect(await bob.changeKey("rotate")).toMatchObject({ result: "ok", answer: { keyVersion: 2 } });
    expect(await bob.changeKey("recover")).toMatchObject({ result: "ok", answer: { keyVersion: 3 } });
    const list = await alice.ask("contacts", { after: 0, packets: 1 });
    expect(list).toMatchObject({ answer: { entries: [{ name: bob.name, keyVersion: 3 }] } });
    const key = Uint8Array.from(bob.keys.publicKey);
    expect(await alice.ask("lookup", { name: named(bob.name) })).toMatchObject({
      answer: { user: { key, keyVersion: 3 } },
    });
    await bob.send(alice.name, "it is still me");
    const items = await alice.fetch();
    expect(items.at(-1)).toMatchObject({ kind: "message", sender: bob.name, keyVersion: 3 });
    const owner = { directory, name: bob.name };
    expect(await provenBy(await logOf(), { owner, trusted, verify: verifyEd25519 })).toMatchObject({ version: 3, key });
  },
);

test("a user of v1 whom nobody wants to hear is told success", { timeout: PATIENCE }, async () => {
  const [alice, bob] = await people("hears-no-v1");
  await hearsFrom(bob, "contacts");
  const old = await oldUser("old-hears-no-v1");
  for (const { name } of [alice, bob]) {
    const answers: string[] = [];
    await until(async () => {
      void old.send(name, "anybody there?").then((answer) => answers.push(answer));
      for (let waits = 0; waits < 100 && answers.length === 0; waits++) await sleep(20);
      return answers.length > 0;
    });
    expect(answers[0]).toBe("success");
  }
  expect(await waitingFor(alice)).toHaveLength(1);
  expect(await waitingFor(bob)).toEqual([]);
  old.close();
});

/** Somebody who is registered; that is done before anything is lost, as v1 has no request ids to ask again with. */
async function oldUser(name: string): Promise<LoopbackUser> {
  world.mixnet.faults({ loss: 0, reorder: 0, jitterMs: 0 });
  const old = await LoopbackUser.connect(name, world.places.users, world.places.directory);
  expect(await old.register()).toBe("success");
  world.mixnet.faults(FAULTS);
  return old;
}
