/** v2 from outside: users with nothing but the protocol, at Nym clients of their own, and the directory as it is run. */
import { verify } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { ed25519Der } from "../../src/protocol/v2/ed25519.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { statementText } from "../../src/protocol/v2/signed-texts.js";
import { LoopbackUser } from "../support/loopback-user.js";
import { until } from "../support/until.js";
import { named, type V2User } from "../support/v2-user.js";
import { startV2World, type V2World } from "../support/v2-world.js";

async function start(env: Readonly<Record<string, string>> = {}): Promise<V2World> {
  const world = await startV2World(env);
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

/** Two registered users. */
async function pairIn(world: V2World, story: string): Promise<readonly [V2User, V2User]> {
  const [alice, bob] = await world.users(`alice-of-${story}`, `bob-of-${story}`);
  if (alice === undefined || bob === undefined) throw new Error("somebody is missing");
  return [alice, bob];
}

const texts = (items: readonly { readonly kind: string }[]): string[] =>
  items.flatMap((item) => ("body" in item && item.body instanceof Uint8Array ? Buffer.from(item.body).toString() : []));

test("a message is stored, pushed, acknowledged, and its sender is told", async () => {
  const [alice, bob] = await pairIn(await start(), "the-receipt");
  const { id, result } = await alice.send(bob.name, "are you there?", { receipt: true });
  expect(result).toBe("ok");
  expect(await bob.got(1)).toMatchObject([{ kind: "message", sequence: 1, sender: alice.name, id }]);
  expect(texts(bob.pushed)).toEqual(["are you there?"]);
  expect(await alice.ask("receipts", { ids: [id] })).toMatchObject({ answer: { states: ["stored"] } });
  await bob.acknowledge(1);
  expect(await alice.got(1)).toMatchObject([{ kind: "receipt", id, state: "delivered" }]);
  expect(await alice.ask("receipts", { ids: [id] })).toMatchObject({ answer: { states: ["delivered"] } });
  expect(await bob.fetch()).toEqual([]);
});

test("a look-up is signed by the directory, whether there is somebody or nobody", async () => {
  const [alice, bob] = await pairIn(await start(), "the-look-up");
  const { identity } = await alice.refresh();
  const key = { key: Buffer.from(ed25519Der(identity)), format: "der", type: "spki" } as const;
  for (const [name, user] of [
    [bob.name.toUpperCase(), { name: bob.name, algorithm: "ed25519", key: bob.keys.publicKey, keyVersion: 1 }],
    ["nobody-of-the-look-up", undefined],
  ] as const) {
    const reply = await alice.ask("lookup", { name: named(name) });
    if (reply.result !== "ok") throw new Error("no answer");
    const { signature, ...statement } = reply.answer;
    expect(statement.name).toBe(name.toLowerCase());
    expect(statement.user).toEqual(user && { ...user, key: Uint8Array.from(user.key) });
    expect(verify(null, statementText(identity, statement), key, signature)).toBe(true);
  }
});

test("who has logged out gets nothing unasked, and page after page when they ask", async () => {
  const [alice, bob] = await pairIn(await start(), "the-pages");
  expect(await bob.ask("logout", {})).toMatchObject({ result: "ok" });
  expect(await bob.ask("status", {})).toMatchObject({ answer: { routed: false } });
  const sent = Array.from({ length: 30 }, (_, number) => `message ${number} ${"x".repeat(200)}`);
  for (const text of sent) expect(await alice.send(bob.name, text)).toMatchObject({ result: "ok" });
  for (let after = 0, more = true; more;) {
    const reply = await bob.ask("fetch", { after, packets: 2 }, { surbs: 3 });
    if (reply.result !== "ok") throw new Error("no answer");
    after = reply.answer.items.at(-1)?.sequence ?? after;
    more = reply.answer.more;
  }
  expect(texts(bob.fetched)).toEqual(sent);
  expect(bob.fetched.map(({ sequence }) => sequence)).toEqual(sent.map((_, index) => index + 1));
  expect(bob.pushed).toEqual([]);
  expect(await bob.ask("status", {})).toMatchObject({ answer: { waiting: { messages: 30 }, lastSequence: 30 } });
});

test("after a restart of their Nym client a user is reached again as soon as they log in", async () => {
  const world = await start();
  const [alice, bob] = await pairIn(world, "the-new-tag");
  await world.mixnet.restart(bob.name, "killed");
  await alice.send(bob.name, "to the tag that is gone");
  await bob.connect();
  expect(await bob.ask("status", {})).toMatchObject({ answer: { routed: false, waiting: { messages: 1 } } });
  expect(bob.pushed).toEqual([]);
  expect(await bob.login()).toMatchObject({ result: "ok", answer: { keyVersion: 1 } });
  expect(texts(await bob.got(1))).toEqual(["to the tag that is gone"]);
  await alice.send(bob.name, "to the tag that is there");
  expect(texts(await bob.got(2))).toContain("to the tag that is there");
});

test("what is not acknowledged is pushed again", async () => {
  const [alice, bob] = await pairIn(await start({ ACK_SECONDS: "0.05", ACK_MAX_SECONDS: "0.2" }), "repetition");
  await alice.send(bob.name, "once more");
  await until(async () => {
    await bob.refresh(4);
    return bob.pushed.length >= 3;
  });
  expect(new Set(bob.pushed.map(({ sequence }) => sequence))).toEqual(new Set([1]));
  await bob.acknowledge(1);
  const before = bob.pushed.length;
  await alice.send(bob.name, "the next");
  await until(() => texts(bob.pushed).includes("the next"));
  expect(texts(bob.pushed.slice(before))).not.toContain("once more");
});

test("a key that is replaced signs nothing any more, and the recovery key takes the name back", async () => {
  const world = await start();
  const [alice, bob] = await pairIn(world, "the-keys");
  const first = alice.signer;
  expect(await alice.changeKey("rotate")).toMatchObject({ result: "ok", answer: { keyVersion: 2 } });
  expect(await alice.ask("status", {}, { signer: first })).toMatchObject({ result: "unauthorized" });
  const found = await bob.ask("lookup", { name: alice.name });
  expect(found).toMatchObject({ answer: { user: { keyVersion: 2, key: Uint8Array.from(alice.keys.publicKey) } } });
  // Whoever replaced the key is not pushed to before they have logged in.
  await bob.send(alice.name, "for whoever has the key");
  expect(await alice.ask("status", {})).toMatchObject({ answer: { keyVersion: 2, routed: false } });
  expect(alice.pushed).toEqual([]);
  expect(await alice.changeKey("recover")).toMatchObject({ result: "ok", answer: { keyVersion: 3 } });
  expect(await alice.login()).toMatchObject({ result: "ok", answer: { keyVersion: 3 } });
  expect(texts(await alice.got(1))).toEqual(["for whoever has the key"]);
});

test("a name that is released is nobody's, and what waited for it has expired", async () => {
  const world = await start();
  const [alice, bob] = await pairIn(world, "the-release");
  await bob.ask("logout", {});
  const { id } = await alice.send(bob.name, "too late", { receipt: true });
  bob.leaving = true;
  expect(await bob.ask("release", {})).toMatchObject({ result: "ok" });
  expect(await bob.ask("status", {})).toMatchObject({ result: "unauthorized" });
  expect(await alice.ask("lookup", { name: bob.name })).toMatchObject({ answer: { user: undefined } });
  expect(await alice.send(bob.name, "much too late")).toMatchObject({ result: "notFound" });
  expect(await alice.got(1)).toMatchObject([{ kind: "receipt", id, state: "expired" }]);
  const other = await world.user(bob.name.toUpperCase());
  expect(await other.register()).toMatchObject({ result: "nameUnavailable" });
});

test("a full mailbox is told to the sender, and to its owner, and takes the same message once there is room", async () => {
  const [alice, bob] = await pairIn(await start({ MAILBOX_MESSAGES: "32" }), "the-flood");
  await bob.ask("logout", {});
  // A sixteenth of the mailbox is for one sender.
  for (const text of ["one", "two"]) expect(await alice.send(bob.name, text)).toMatchObject({ result: "ok" });
  const { id, result } = await alice.send(bob.name, "three");
  expect(result).toBe("mailboxFull");
  expect(await alice.ask("receipts", { ids: [id] })).toMatchObject({ answer: { states: ["unknown"] } });
  const page = await bob.ask("fetch", { after: 0, packets: 2 });
  expect(page).toMatchObject({ result: "ok", answer: { fullSince: Math.ceil(Date.now() / 3_600_000) } });
  await bob.acknowledge(1, 2);
  expect(await bob.ask("status", {})).toMatchObject({ answer: { fullSince: undefined, waiting: { messages: 0 } } });
  expect(await alice.send(bob.name, "three", { id })).toMatchObject({ result: "ok" });
  expect(texts(await bob.fetch())).toEqual(["three"]);
});

test("users of v1 and of v2 write to each other", async () => {
  const world = await start();
  const [alice] = await world.users("alice-of-both");
  const old = await LoopbackUser.connect("old-user-of-both", world.places.users, world.places.directory);
  expect(await old.register()).toBe("success");
  if (alice === undefined) throw new Error("nobody is there");

  expect(await alice.send(old.name, JSON.stringify("from v2 to v1"), { receipt: true })).toMatchObject({
    result: "ok",
  });
  await until(() => old.messages.includes("from v2 to v1"));
  expect(await alice.got(1)).toMatchObject([{ kind: "receipt", state: "handedOver" }]);
  expect(await alice.send(old.name, Buffer.from([0xff, 0]))).toMatchObject({ result: "recipientV1" });

  expect(await old.send(alice.name, "from v1 to v2")).toBe("success");
  const [, item] = await alice.got(2);
  expect(item).toMatchObject({ kind: "v1", dialect: "long" });
  expect(item?.kind === "v1" && JSON.parse(item.content)).toMatchObject({ sender: old.name, body: "from v1 to v2" });
  expect(await old.lookUp(alice.name)).toContain(alice.name);
  expect(await alice.ask("lookup", { name: named(old.name) })).toMatchObject({
    answer: { user: { algorithm: "p256" } },
  });
  old.close();
});

test("what is stored outlives kill -9, and is delivered once", async () => {
  const world = await start();
  const [alice, bob] = await pairIn(world, "the-kill");
  await bob.ask("logout", {});
  const sent = Array.from({ length: 5 }, (_, number) => `before the kill ${number}`);
  const ids: RequestId[] = [];
  for (const text of sent) ids.push((await alice.send(bob.name, text, { receipt: true })).id);
  await bob.fetch();
  await bob.acknowledge(1, 2);
  await world.again("SIGKILL");
  expect(texts(await bob.fetch())).toEqual(sent.slice(2));
  const states = ["delivered", "delivered", "stored", "stored", "stored"];
  expect(await alice.ask("receipts", { ids })).toMatchObject({ answer: { states } });
  // The same request again: the same answer, and no second message.
  const [id] = ids;
  if (id === undefined) throw new Error("nothing was sent");
  expect(await alice.send(bob.name, sent[0] ?? "", { receipt: true, id })).toMatchObject({ result: "ok" });
  expect(await alice.send(bob.name, "another", { receipt: true, id })).toMatchObject({ result: "idReused" });
  await bob.acknowledge(3, 4, 5);
  expect(await bob.fetch()).toEqual([]);
  expect(await alice.login()).toMatchObject({ result: "ok" });
  await alice.refresh(8);
  await until(() => new Set(alice.pushed.map(({ sequence }) => sequence)).size === 5);
});
