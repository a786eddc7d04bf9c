/**
 * Whoever steals a user's key, the recovery key that was not stolen gets the account back within the window: random lives
 * of an owner, then random moves of a thief, then the owner. And from then on the thief has nothing.
 */
import { verify as verifySignature } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ed25519Der } from "../../src/protocol/v2/ed25519.js";
import { provenBy } from "../../src/protocol/v2/key-chain.js";
import type { LoggedVersion } from "../../src/protocol/v2/key-log.js";
import { directory, settings } from "../support/actions.js";
import { createV2Model, type V2Model } from "../support/v2-model.js";
import { freshId, type Person, personOf } from "../support/v2-person.js";
import { anonymous, named, newKey, type TestKey, testKey } from "../support/v2-requests.js";

const HOUR = 3_600_000;
const WINDOW_HOURS = settings.recoveryWindow / HOUR;

/** A pair of keys that was in force with a version. */
interface Held {
  readonly version: number;
  readonly key: TestKey;
  /** The last that its holder knows of. */
  readonly recovery: TestKey | undefined;
}

let made = 0;
const fresh = (): TestKey => testKey(`made ${made++}`);

async function rotate(zoe: Person, { version, key, recovery }: Held, another: boolean): Promise<Held | undefined> {
  const [next, replaced] = [fresh(), another ? fresh() : undefined];
  const body = newKey("zoe", next, version, replaced);
  const { result } = await zoe.ask("rotate", body, { key, keyVersion: version });
  return result === "ok" ? { version: version + 1, key: next, recovery: replaced ?? recovery } : undefined;
}

async function recover(zoe: Person, { version, recovery }: Held): Promise<{ result: string; held: Held | undefined }> {
  if (recovery === undefined) return { result: "none", held: undefined };
  const key = fresh();
  const reply = await zoe.ask("recover", newKey("zoe", key, version), { key: recovery, keyVersion: version });
  const held =
    reply.result === "ok" && reply.action === "recover"
      ? { version: reply.answer.keyVersion, key, recovery }
      : undefined;
  return { result: reply.result, held };
}

async function isIn(zoe: Person, { key, version }: Held): Promise<boolean> {
  return (await zoe.ask("status", {}, { key, keyVersion: version })).result === "ok";
}

/** All versions of zoe's key. */
async function logOf(model: V2Model, from = 1): Promise<readonly LoggedVersion[]> {
  const reply = await model.ask("anybody", anonymous("keyLog", { name: named("zoe"), from }, freshId()));
  if (reply.result !== "ok" || reply.action !== "keyLog") throw new Error("no log");
  const { versions, more } = reply.answer;
  return more ? [...versions, ...(await logOf(model, from + versions.length))] : versions;
}

function verify(signature: Uint8Array, text: Uint8Array, key: Uint8Array): boolean {
  const spki = { key: Buffer.from(ed25519Der(key)), format: "der", type: "spki" } as const;
  return verifySignature(null, text, spki, signature);
}

const ownerMove = fc.record({ hours: fc.nat({ max: 100 }), another: fc.boolean() });
const thiefMove = fc.record({
  /** Which of the thief's keys is used. */
  with: fc.nat(),
  what: fc.constantFrom("rotate", "rotate", "rotateWithRecovery", "recover"),
  hours: fc.constantFrom(0, 0, 1, 5, 20),
});

type ThiefMove = typeof thiefMove extends fc.Arbitrary<infer M> ? M : never;

/** Everything that the thief holds, tried once. */
async function tryEverything(zoe: Person, held: readonly Held[]): Promise<void> {
  for (const each of held) {
    expect(await isIn(zoe, each)).toBe(false);
    expect(await rotate(zoe, each, true)).toBeUndefined();
    expect((await recover(zoe, each)).held).toBeUndefined();
  }
}

async function steal(model: V2Model, zoe: Person, from: Held, moves: readonly ThiefMove[]) {
  // Of the owner's keys the thief has the user's, and no recovery key.
  const held: Held[] = [{ ...from, recovery: undefined }];
  let hours = 0;
  for (const move of moves) {
    if (hours + move.hours > WINDOW_HOURS) break;
    hours += move.hours;
    await model.pass(move.hours * HOUR);
    const chosen = held[held.length - 1 - (move.with % held.length)];
    if (chosen === undefined) continue;
    const gained =
      move.what === "recover"
        ? (await recover(zoe, chosen)).held
        : await rotate(zoe, chosen, move.what === "rotateWithRecovery");
    if (gained !== undefined) held.push(gained);
  }
  return held;
}

test("the owner gets the account back, and the thief never again", async () => {
  const seen = { closed: 0, moves: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(ownerMove, { maxLength: 4 }),
      fc.array(thiefMove, { maxLength: 8 }),
      async (life, moves) => {
        const model = createV2Model();
        const zoe = personOf(model, "zoe");
        await zoe.register();
        let present: Held = { version: 1, key: zoe.key, recovery: zoe.recovery };
        const owned = [present];
        for (const { hours, another } of life) {
          await model.pass(hours * HOUR);
          present = (await rotate(zoe, present, another)) ?? present;
          owned.unshift(present);
        }

        const stolen = await steal(model, zoe, present, moves);
        seen.moves += stolen.length - 1;

        // The owner tries the recovery keys that were kept, the latest first: just one of them has the right.
        let mine: Held | undefined;
        for (const each of owned) {
          const { result, held } = await recover(zoe, each);
          if (result === "recoveryClosed") seen.closed++;
          mine ??= held;
          if (mine !== undefined) break;
        }
        if (mine === undefined) throw new Error("the account is lost");
        expect(await isIn(zoe, mine)).toBe(true);
        for (const hours of [0, 1, WINDOW_HOURS, 10 * WINDOW_HOURS]) {
          await model.pass(hours * HOUR);
          await tryEverything(zoe, stolen);
        }
        expect(await isIn(zoe, mine)).toBe(true);
        // What came before the recovery has no right any more, unless it is the very key that signed it.
        for (const each of owned)
          if (each.recovery !== mine.recovery) expect((await recover(zoe, each)).result).toBe("recoveryClosed");
        expect(await isIn(zoe, mine)).toBe(true);
        // Whoever knew the first key can prove all of it.
        const trusted = { version: 1, key: zoe.key.raw, recovery: zoe.recovery.raw };
        const owner = { directory: directory.identity, name: "zoe" };
        const proven = await provenBy(await logOf(model), { owner, trusted, verify });
        expect(proven).toMatchObject({ version: mine.version, key: mine.key.raw });
      },
    ),
    { numRuns: 80 },
  );
  expect(seen.closed).toBeGreaterThan(10);
  expect(seen.moves).toBeGreaterThan(25);
}, 240_000);
