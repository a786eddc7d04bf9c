/** An account and its people: who asks to be a contact, who becomes one, who is heard, and what is told of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  connectToDirectory,
  createWebSocketTransport,
  newKeyPair,
  NOTE_BYTES,
  type Person,
  type Policy,
} from "../../src/client/client.js";
import { type AccountPerson, codeOf, joining, openPerson } from "../support/account-person.js";
import { type AccountWorld, startAccountWorld } from "../support/account-world.js";
import { type LoopbackDirectory, startLoopbackDirectory } from "../support/loopback-directory.js";
import { until } from "../support/until.js";

let directory: LoopbackDirectory;

beforeAll(async () => void (directory = await startLoopbackDirectory({ LIMITS: "off" })));
afterAll(() => directory[Symbol.asyncDispose]());

const join = joining(() => directory);

/** What was told of others: who, what, and with which words. */
const told = ({ news }: AccountPerson): string[] =>
  news.flatMap((each) => (each.kind === "contact" ? [[each.name, each.verb, each.note ?? ""].join(" ").trim()] : []));

/** Whom somebody has in the list: name, relation, block. */
async function peopleOf({ account }: AccountPerson): Promise<string[]> {
  const { people } = await account.people.list();
  return people.map(({ name, relation, blocked }) => `${name} ${relation}${blocked ? " blocked" : ""}`);
}

describe("a request", () => {
  it("comes with its note, is accepted with another, and both have a contact", async () => {
    await using alice = await join("Alice-of-people");
    await using bob = await join("bob-of-people");
    await alice.account.people.request("BOB-of-people", "we met at the “fair” 👋");
    await until(() => told(bob).length > 0);
    expect(bob.news).toEqual([
      {
        kind: "contact",
        verb: "request",
        id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        name: "Alice-of-people",
        note: "we met at the “fair” 👋",
      },
    ]);
    expect(await peopleOf(bob)).toEqual(["Alice-of-people received"]);
    expect(await peopleOf(alice)).toEqual(["bob-of-people requested"]);
    await bob.account.people.accept("alice-of-people", "I remember");
    await until(() => told(alice).length > 0);
    expect(told(alice)).toEqual(["bob-of-people accept I remember"]);
    expect(await peopleOf(bob)).toEqual(["Alice-of-people contact"]);
    expect(await peopleOf(alice)).toEqual(["bob-of-people contact"]);
    // Both have seen each other's keys, by which the notes were checked.
    expect(bob.account.contact(alice.name)?.key).toEqual(await alice.account.publicKey());
    await alice.account.people.remove(bob.name);
    expect([await peopleOf(alice), await peopleOf(bob)]).toEqual([[], []]);
  });

  it("needs no note", async () => {
    await using alice = await join("alice-of-few-words");
    await using bob = await join("bob-of-few-words");
    await alice.account.people.request(bob.name);
    await until(() => told(bob).length > 0);
    expect(bob.news).toEqual([expect.not.objectContaining({ note: expect.anything() as string })]);
    await bob.account.people.accept(alice.name);
    await until(() => told(alice).length > 0);
    expect(told(alice)).toEqual([`${bob.name} accept`]);
  });

  it("that crosses another one makes contacts of both, and who asked first is told", async () => {
    await using alice = await join("alice-of-crossings");
    await using bob = await join("bob-of-crossings");
    await alice.account.people.request(bob.name, "one");
    await bob.account.people.request(alice.name, "two");
    await until(() => told(alice).length > 0);
    expect(told(alice)).toEqual([`${bob.name} accept two`]);
    expect(await peopleOf(bob)).toEqual([`${alice.name} contact`]);
  });

  it("is rejected in silence, and can be taken back", async () => {
    await using alice = await join("alice-of-refusals");
    await using bob = await join("bob-of-refusals");
    await alice.account.people.request(bob.name);
    await bob.account.people.reject(alice.name);
    expect([await peopleOf(alice), await peopleOf(bob)]).toEqual([[`${bob.name} requested`], []]);
    await alice.account.people.cancel(bob.name);
    expect(await peopleOf(alice)).toEqual([]);
    expect(told(alice)).toEqual([]);
  });

  it("is refused with a code when it makes no sense", async () => {
    await using alice = await join("alice-of-nonsense");
    await using bob = await join("bob-of-nonsense");
    const transport = createWebSocketTransport({ url: `${directory.users}/carol-of-v1` });
    await using v1 = await connectToDirectory({ transport }, { directory: directory.addresses[0] ?? "" });
    await v1.register("carol-of-v1", (await newKeyPair()).keyPair);
    const { people } = alice.account;
    expect(await codeOf(people.accept(bob.name))).toBe("notApplicable");
    expect(await codeOf(people.request("no name"))).toBe("nameInvalid");
    expect(await codeOf(people.block("no name"))).toBe("nameInvalid");
    expect(await codeOf(people.request("nobody-of-nonsense", "hello?"))).toBe("notFound");
    expect(await codeOf(people.request("carol-of-v1", "hello?"))).toBe("recipientV1");
    expect(await codeOf(people.request(bob.name, "x".repeat(NOTE_BYTES + 1)))).toBe("tooLarge");
    await people.request(bob.name, "x".repeat(NOTE_BYTES));
    expect(await codeOf(people.request(bob.name))).toBe("notApplicable");
    await until(() => told(bob).length > 0);
    await using nobody = await openPerson(directory, "nobody-yet");
    expect(await codeOf(nobody.account.people.list())).toBe("notRegistered");
    expect(await codeOf(nobody.account.people.request(bob.name, "hello?"))).toBe("notRegistered");
  });
});

describe("who may write", () => {
  it.each<[Policy, boolean, boolean]>([
    ["everyone", true, true],
    ["contacts", true, false],
    ["nobody", false, false],
  ])("is %s: a contact is heard: %s, a stranger: %s", async (policy, contact, stranger) => {
    await using anna = await join(`anna-of-${policy}`);
    await using bert = await join(`bert-of-${policy}`);
    await using carl = await join(`carl-of-${policy}`);
    await bert.account.people.request(anna.name);
    await anna.account.people.accept(bert.name);
    await anna.account.people.policy(policy);
    expect((await anna.account.people.list()).policy).toBe(policy);
    const ids = [await bert.account.send(anna.name, "hello"), await carl.account.send(anna.name, "hello")];
    // To both she may be away.
    await until(() => bert.fates(ids[0] ?? "").length > 0 && carl.fates(ids[1] ?? "").length > 0);
    // What is sent after it is delivered after it: nothing can still be on its way.
    await anna.account.people.policy("everyone");
    await carl.account.send(anna.name, "last");
    await until(() => anna.texts().includes(`${carl.name}: last`));
    const expected = [...(contact ? [`${bert.name}: hello`] : []), ...(stranger ? [`${carl.name}: hello`] : [])];
    expect(anna.texts().slice(0, -1).sort()).toEqual(expected.sort());
  });

  it("is never somebody who is blocked, until that is over", async () => {
    await using anna = await join("anna-of-blocks");
    await using bert = await join("bert-of-blocks");
    await anna.account.people.block(bert.name);
    expect(await peopleOf(anna)).toEqual([`${bert.name} none blocked`]);
    const id = await bert.account.send(anna.name, "can you hear me?");
    await bert.account.people.request(anna.name, "please");
    await until(() => bert.fates(id).includes("stored"));
    expect(await peopleOf(bert)).toEqual([`${anna.name} requested`]);
    await anna.account.people.unblock(bert.name);
    await bert.account.send(anna.name, "and now?");
    await until(() => anna.texts().length > 0);
    expect(anna.texts()).toEqual([`${bert.name}: and now?`]);
    expect(told(anna)).toEqual([]);
  });
});

describe("a key that has changed", () => {
  it("shows in the list, and holds back a note that it has signed until it is trusted", async () => {
    await using alice = await join("alice-of-new-keys");
    await using bob = await join("bob-of-new-keys");
    await bob.account.lookup(alice.name);
    await alice.account.rotate();
    await alice.account.people.request(bob.name, "it is me");
    await until(() => bob.events.some(({ type }) => type === "keyChanged"));
    const entry = { name: alice.name, relation: "received", keyChanged: true } satisfies Partial<Person>;
    expect((await bob.account.people.list()).people).toMatchObject([entry]);
    expect(told(bob)).toEqual([]);
    await bob.account.trust(alice.name);
    await until(() => told(bob).length > 0);
    expect(told(bob)).toEqual([`${alice.name} request it is me`]);
    expect((await bob.account.people.list()).people).toMatchObject([{ ...entry, keyChanged: false }]);
  });
});

it("a list is as long as it is", async () => {
  await using alice = await join("alice-of-many-friends-and-a-name-that-is-long");
  const names = Array.from({ length: 60 }, (_, index) => `friend-of-alice-whose-name-is-quite-long-too-${index}`);
  for (let at = 0; at < names.length; at += 10)
    await Promise.all(
      names.slice(at, at + 10).map(async (name) => {
        await using friend = await join(name);
        await friend.account.people.request(alice.name);
      }),
    );
  expect((await peopleOf(alice)).sort()).toEqual(names.map((name) => `${name} received`).sort());
});

describe("what others do", () => {
  let place: AccountWorld;
  // So many times that what is lost is never the last one.
  beforeAll(async () => {
    place = await startAccountWorld({}, { seed: "people" }, { retries: 20 });
    place.world.mixnet.faults({ loss: 0.05, reorder: 0.2, reorderMs: 20 });
  });
  afterAll(() => place[Symbol.asyncDispose]());

  it("is told on a network that loses and reorders, once, to the next process too", async () => {
    const alice = await place.open("alice");
    const bob = await place.open("bob");
    await alice.account.register("alice");
    await bob.account.register("bob");
    await bob.account.close();
    await alice.account.people.request("bob", "when you are back");
    const again = await place.open("bob");
    await until(() => told(again).length > 0);
    // Asked for the next news, it is not told again.
    await alice.account.send("bob", "one more thing");
    await until(() => again.texts().length > 0);
    await again.account.people.accept("alice");
    await until(() => told(alice).length > 0);
    expect([told(again), told(alice)]).toEqual([["alice request when you are back"], ["bob accept"]]);
    await again.account.close();
    const third = await place.open("bob");
    await alice.account.send("bob", "still there?");
    await until(() => third.texts().length > 0);
    expect(told(third)).toEqual([]);
    expect(await peopleOf(third)).toEqual(["alice contact"]);
  });
});
