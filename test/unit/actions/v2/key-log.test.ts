/** What anyone is told of the keys that a user has had, and what it proves, over both stores. */
import { beforeEach, describe, expect, it } from "vitest";
import { verifyEd25519 } from "../../../../src/protocol/v2/ed25519.js";
import { provenBy } from "../../../../src/protocol/v2/key-chain.js";
import type { Answers } from "../../../../src/protocol/v2/reply.js";
import { directory } from "../../../support/actions.js";
import { V1User } from "../../../support/v1-user.js";
import { openV2Model, STORES, type V2Model } from "../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../support/v2-person.js";
import { anonymous, named, newKey, type TestKey, testKey } from "../../../support/v2-requests.js";

type Page = Answers["keyLog"];
const PER_PAGE = 10;

describe.each(STORES)("over a store in %s", (kind) => {
  let model: V2Model;
  let alice: Person;

  beforeEach(async () => {
    model = await openV2Model(kind);
    alice = personOf(model, "Alice");
    await alice.register();
  });

  async function logOf(name: string, from = 1): Promise<Page> {
    const reply = await model.ask("anybody", anonymous("keyLog", { name: named(name), from }, freshId()));
    if (reply.result !== "ok" || reply.action !== "keyLog") throw new Error(`a log was answered ${reply.result}`);
    return reply.answer;
  }
  async function rotate(to: TestKey, recovery?: TestKey): Promise<string> {
    const { result } = await alice.ask("rotate", newKey("alice", to, alice.keyVersion, recovery));
    if (result === "ok") Object.assign(alice, { key: to, keyVersion: alice.keyVersion + 1 });
    return result;
  }
  async function recover(to: TestKey, by: TestKey, known: number): Promise<string> {
    const { result } = await alice.ask("recover", newKey("alice", to, known), { key: by, keyVersion: known });
    if (result === "ok") Object.assign(alice, { key: to, keyVersion: alice.keyVersion + 1 });
    return result;
  }
  const trusted = (): { version: 1; key: Uint8Array; recovery: Uint8Array } => ({
    ...{ version: 1, key: testKey("Alice").raw, recovery: alice.recovery.raw },
  });
  const proven = async (): Promise<unknown> =>
    provenBy((await logOf("alice")).versions, {
      ...{ owner: { directory: directory.identity, name: "alice" }, trusted: trusted(), verify: verifyEd25519 },
    });

  it("has the one key of who has just registered, and no signature that would say anything to others", async () => {
    const { versions, more } = await logOf("ALICE");
    expect(more).toBe(false);
    expect(versions).toEqual([
      {
        ...{ version: 1, by: "registration", hour: Math.ceil(model.now / 3_600_000), key: alice.key.raw },
        ...{ recovery: Uint8Array.from(alice.recovery.raw), signature: undefined },
      },
    ]);
  });

  it("proves to who trusts a key what became of it: by rotations and recoveries, with and without another recovery key", async () => {
    const [other, last] = [testKey("another recovery key"), testKey("last")];
    expect(await rotate(testKey("two"))).toBe("ok");
    expect(await rotate(testKey("three"), other)).toBe("ok");
    expect(await recover(testKey("four"), alice.recovery, 1)).toBe("ok");
    expect(await rotate(last)).toBe("ok");
    const { versions } = await logOf("alice");
    expect(versions.map(({ by }) => by)).toEqual(["registration", "rotation", "rotation", "recovery", "rotation"]);
    expect(await proven()).toEqual({ version: 5, key: last.raw, recovery: Uint8Array.from(alice.recovery.raw) });
  });

  it("does not prove what a recovery key that nobody has seen has done", async () => {
    const [thief, theirs] = [testKey("thief"), testKey("thief's recovery key")];
    expect(await rotate(thief, theirs)).toBe("ok");
    const seen = { version: 2, key: thief.raw, recovery: theirs.raw };
    expect(await recover(testKey("rescue"), alice.recovery, 1)).toBe("ok");
    expect(await proven()).toMatchObject({ version: 3, key: testKey("rescue").raw });
    const owner = { directory: directory.identity, name: "alice" };
    const { versions } = await logOf("alice");
    expect(await provenBy(versions, { owner, trusted: seen, verify: verifyEd25519 })).toBeUndefined();
  });

  it("is not changed with a succession that does not hold", async () => {
    const body = newKey("alice", testKey("two"), 1);
    const signatures = [new Uint8Array(64).fill(1), alice.key.sign(Buffer.from("something else"))];
    for (const succession of signatures) {
      expect((await alice.ask("rotate", { ...body, succession })).result).toBe("unauthorized");
      const recovery = { key: alice.recovery };
      expect((await alice.ask("recover", { ...body, succession }, recovery)).result).toBe("unauthorized");
    }
    expect((await logOf("alice")).versions).toHaveLength(1);
  });

  it("never has a key twice: one that was given up does not come back", async () => {
    const [first, second] = [alice.key, testKey("two")];
    expect(await rotate(second)).toBe("ok");
    expect(await rotate(first)).toBe("keyInvalid");
    expect(await rotate(testKey("three"))).toBe("ok");
    for (const key of [first, second]) {
      expect(await rotate(key)).toBe("keyInvalid");
      expect(await recover(key, alice.recovery, 1)).toBe("keyInvalid");
    }
    expect((await logOf("alice")).versions).toHaveLength(3);
  });

  it("comes in pages of one packet, from the version that is asked for", async () => {
    for (let version = 2; version <= PER_PAGE + 2; version++)
      expect(await rotate(testKey(`key ${version}`), testKey(`recovery ${version}`))).toBe("ok");
    const first = await logOf("alice");
    expect(first.more).toBe(true);
    expect(first.versions.map(({ version }) => version)).toEqual(
      Array.from({ length: PER_PAGE }, (_, index) => index + 1),
    );
    const second = await logOf("alice", PER_PAGE + 1);
    expect(second.more).toBe(false);
    expect(second.versions.map(({ version }) => version)).toEqual([PER_PAGE + 1, PER_PAGE + 2]);
    expect(await logOf("alice", PER_PAGE + 3)).toEqual({ versions: [], more: false });
    expect(await model.bytesOf("anybody", anonymous("keyLog", { name: named("alice"), from: 2 }, freshId()))).toBe(
      1601,
    );
  });

  it("has nothing for nobody, for who speaks v1, and for who has gone", async () => {
    const carol = new V1User("carol", "carol");
    const offered = (await model.askV1("carol", carol.register())) as { readonly nonce: string };
    await model.askV1("carol", carol.registrationResponse(offered.nonce));
    await alice.ask("release", {});
    for (const name of ["nobody", "carol", "alice"]) expect(await logOf(name)).toEqual({ versions: [], more: false });
  });
});
