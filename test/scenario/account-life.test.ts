/** What can become of an account: its key changes, it is recovered, moved, logged out, and given back; and who must be told. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newSeed, publicKeyOf } from "../../src/client/client.js";
import { type AccountPerson, codeOf, joining, openPerson } from "../support/account-person.js";
import { type LoopbackDirectory, startLoopbackDirectory } from "../support/loopback-directory.js";
import { until } from "../support/until.js";
import { V2User } from "../support/v2-user.js";

let directory: LoopbackDirectory;

beforeAll(async () => void (directory = await startLoopbackDirectory({ LIMITS: "off" })));
afterAll(() => directory[Symbol.asyncDispose]());

const join = joining(() => directory);

const addressOf = ({ addresses: [address = ""] }: LoopbackDirectory): string => address;

const keyChanges = ({ events }: AccountPerson): string[] =>
  events.flatMap((event) => (event.type === "keyChanged" ? [event.contact] : []));

describe("a rotation", () => {
  it("is seen by a contact with the next message, which waits until the new key is trusted", async () => {
    await using alice = await join("alice-of-keys");
    await using bob = await join("bob-of-keys");
    await alice.account.send(bob.name, "one");
    await until(() => bob.texts().length === 1);
    const before = bob.account.contact(alice.name);
    await alice.account.rotate();
    expect(await alice.account.publicKey()).not.toEqual(before?.key);
    await alice.account.send(bob.name, "two");
    await until(() => keyChanges(bob).length > 0);
    expect(keyChanges(bob)).toEqual([alice.name]);
    expect(bob.texts()).toEqual([`${alice.name}: one`]);
    expect(await bob.account.trust(alice.name)).toEqual({
      name: alice.name,
      algorithm: "ed25519",
      key: await alice.account.publicKey(),
      keyVersion: 2,
    });
    await until(() => bob.texts().length === 2);
    expect(bob.texts()).toEqual([`${alice.name}: one`, `${alice.name}: two`]);
  });

  it("leaves readable what was encrypted to the key before", async () => {
    await using alice = await join("alice-of-old-letters");
    await using bob = await join("bob-of-old-letters");
    await bob.account.lookup(alice.name);
    await alice.account.rotate();
    await bob.account.send(alice.name, "to your old key");
    await until(() => alice.texts().length === 1);
    expect(alice.texts()).toEqual([`${bob.name}: to your old key`]);
  });

  it("holds back what is to be sent by one who asks again, until they trust the new key", async () => {
    await using alice = await join("alice-of-doubts");
    await using bob = await join("bob-of-doubts", { contactFreshness: 0 });
    await bob.account.lookup(alice.name);
    await alice.account.rotate();
    const id = await bob.account.send(alice.name, "is it you?");
    await until(() => keyChanges(bob).length > 0);
    expect(bob.account.pending()).toEqual([{ id, recipient: alice.name, toGroup: false, state: "waiting" }]);
    await bob.account.trust(alice.name);
    await until(() => bob.fates(id).includes("delivered") && alice.texts().length > 0);
    expect(alice.texts()).toEqual([`${bob.name}: is it you?`]);
  });
});

describe("a recovery", () => {
  it("brings the name and its messages to another device, and the one before is told that it is out", async () => {
    const recovery = newSeed();
    await using lost = await join("carol-of-losses", {}, await publicKeyOf(recovery));
    await using dave = await join("dave-of-losses");
    await using found = await openPerson(directory, "carol-of-losses-again");
    await found.account.recover(lost.name, { seed: recovery });
    expect(found.account.name).toBe(lost.name);
    await dave.account.send(lost.name, "welcome back");
    await until(() => found.texts().length === 1);
    expect(lost.texts()).toEqual([]);
    expect(await codeOf(lost.account.status())).toBe("unauthorized");
    // It can be done again, by the same key, from a third device.
    await using third = await openPerson(directory, "carol-of-losses-once-more");
    await third.account.recover(lost.name, { seed: recovery });
    expect(await codeOf(found.account.status())).toBe("unauthorized");
    expect((await third.account.status()).routed).toBe(true);
  });

  it("is refused to another key, and takes nothing from the owner", async () => {
    await using owner = await join("erin-of-thieves", {}, await publicKeyOf(newSeed()));
    await using thief = await openPerson(directory, "thief-of-names");
    expect(await codeOf(thief.account.recover(owner.name, { seed: newSeed() }))).toBe("unauthorized");
    expect(thief.account.name).toBeUndefined();
    expect((await owner.account.status()).routed).toBe(true);
  });
});

describe("a name", () => {
  it("that was given back is held, and what was still to be sent in it fails", async () => {
    await using frank = await join("frank-of-the-end");
    await using grace = await join("grace-of-the-end");
    const id = await frank.account.send("nobody-of-the-end-yet", "are you there?");
    await until(() => frank.fates(id).length > 0);
    expect(frank.news).toMatchObject([{ kind: "fate", fate: "failed", code: "notFound" }]);
    await frank.account.release();
    expect(frank.account.name).toBeUndefined();
    expect(await grace.account.lookup(frank.name)).toBeUndefined();
    expect(await codeOf(frank.account.send(grace.name, "me again"))).toBe("notRegistered");
    await using heir = await openPerson(directory, "heir-of-the-end");
    expect(await codeOf(heir.account.register(frank.name))).toBe("nameUnavailable");
    // Another name is theirs to take.
    await frank.account.register("frank-begins-anew");
    await grace.account.send("frank-begins-anew", "good luck");
    await until(() => frank.texts().length === 1);
  });

  it("of somebody else is not to be had, in no case of its letters; one's own can be registered again", async () => {
    await using heidi = await join("heidi-of-names");
    await using other = await openPerson(directory, "other-of-names");
    expect(await codeOf(other.account.register("HEIDI-of-names"))).toBe("nameUnavailable");
    expect(await codeOf(other.account.register("no spaces"))).toBe("nameInvalid");
    await heidi.account.register(heidi.name);
    expect(await codeOf(heidi.account.register("heidi-of-two-names"))).toBe("alreadyRegistered");
  });

  it("moves here with a key that is brought from elsewhere, and messages with it", async () => {
    await using judy = await join("judy-of-moves");
    await using elsewhere = await V2User.connect("ivan-of-moves", { ...directory, directory: addressOf(directory) });
    expect((await elsewhere.register({ surbs: 2 })).result).toBe("ok");
    const seed = Buffer.from(elsewhere.keys.privateKey.export({ format: "jwk" }).d ?? "", "base64url");
    await using ivan = await openPerson(directory, "ivan-of-moves-here");
    expect(await codeOf(ivan.account.adopt(judy.name, seed))).toBe("keyReplaced");
    expect(await codeOf(ivan.account.adopt("nobody-of-moves", seed))).toBe("notFound");
    await ivan.account.adopt(elsewhere.name, seed);
    await judy.account.send(elsewhere.name, "hello there");
    await until(() => ivan.texts().length === 1);
    expect(ivan.texts()).toEqual([`${judy.name}: hello there`]);
  });
});

it("who has logged out is sent nothing, and brought everything after the next log-in", async () => {
  await using kate = await join("kate-of-pauses");
  await using leo = await join("leo-of-pauses");
  await kate.account.logout();
  const id = await leo.account.send(kate.name, "while you were away");
  await until(() => leo.fates(id).includes("stored"));
  expect(kate.account.name).toBe(kate.name);
  expect(kate.texts()).toEqual([]);
  await kate.account.login();
  await until(() => leo.fates(id).includes("delivered") && kate.texts().length > 0);
  expect(kate.texts()).toEqual([`${leo.name}: while you were away`]);
});

it("a directory is believed only if it has the identity that we were given", async () => {
  const { publicKey } = generateKeyPairSync("ed25519");
  const identity = publicKey.export({ type: "spki", format: "pem" }).toString();
  await using mallory = await openPerson({ ...directory, identity }, "mallory-of-directories");
  expect(await codeOf(mallory.account.register(mallory.name))).toBe("foreignDirectory");
});
