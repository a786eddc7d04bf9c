import { describe, expect, it } from "vitest";
import { verifyEd25519 } from "../../../../src/protocol/v2/ed25519.js";
import { provenBy, provenUpTo, type TrustedKey } from "../../../../src/protocol/v2/key-chain.js";
import type { LoggedVersion } from "../../../../src/protocol/v2/key-log.js";
import { successionText } from "../../../../src/protocol/v2/signed-texts.js";
import { type TestKey, testKey } from "../../../support/v2-requests.js";

const directory = testKey("directory").raw;
const owner = { directory, name: "Alice" };
const [first, second, third, fourth] = ["first", "second", "third", "fourth"].map(testKey) as [
  TestKey,
  TestKey,
  TestKey,
  TestKey,
];
const [recovery, newRecovery] = ["recovery", "new recovery"].map(testKey) as [TestKey, TestKey];
const registered: LoggedVersion = {
  ...{ version: 1, by: "registration", hour: 1, key: first.raw, recovery: recovery.raw },
  signature: undefined,
};

interface Change {
  readonly by: "rotation" | "recovery";
  readonly version: number;
  readonly key: TestKey;
  readonly signer: TestKey;
  /** In force with it. */
  readonly recovery: TestKey | undefined;
  /** Brought by it. */
  readonly brings?: boolean;
  readonly signedAs?: Partial<Parameters<typeof successionText>[1]>;
}

function made({ by, version, key, signer, recovery: inForce, brings = false, signedAs = {} }: Change): LoggedVersion {
  const said = { name: "alice", by, version, key: key.raw, recovery: brings ? inForce?.raw : undefined, ...signedAs };
  const signature = Uint8Array.from(signer.sign(successionText(directory, said)));
  return { version, by, hour: version, key: key.raw, recovery: inForce?.raw, signature };
}

const rotated = made({ by: "rotation", version: 2, key: second, signer: first, recovery });
const rearmed = made({ by: "rotation", version: 2, key: second, signer: first, recovery: newRecovery, brings: true });
const recovered = made({ by: "recovery", version: 3, key: third, signer: recovery, recovery });

function proven(log: readonly LoggedVersion[], trusted: TrustedKey = registered): Promise<TrustedKey | undefined> {
  return provenBy(log, { owner, trusted, verify: verifyEd25519 });
}
const versionOf = async (...log: readonly LoggedVersion[]): Promise<number | undefined> => (await proven(log))?.version;

describe("a log proves by the key that is trusted", () => {
  it("that key, while there is no other", async () => {
    expect(await proven([registered])).toMatchObject({ version: 1, key: first.raw, recovery: recovery.raw });
  });

  it("a rotation by the key before, and the recovery key that it brings", async () => {
    expect(await proven([registered, rotated])).toEqual({ version: 2, key: second.raw, recovery: recovery.raw });
    expect(await proven([registered, rearmed])).toEqual({ version: 2, key: second.raw, recovery: newRecovery.raw });
  });

  it("a recovery by any recovery key since the last recovery, and no older one", async () => {
    const log = [registered, rearmed];
    expect(await versionOf(...log, recovered)).toBe(3);
    const byNew = made({ by: "recovery", version: 3, key: third, signer: newRecovery, recovery: newRecovery });
    expect(await versionOf(...log, byNew)).toBe(3);
    const byOld = made({ by: "recovery", version: 4, key: fourth, signer: recovery, recovery });
    expect(await versionOf(...log, byNew, byOld)).toBeUndefined();
    const replaced = made({
      by: "recovery",
      version: 3,
      key: third,
      signer: recovery,
      recovery: newRecovery,
      brings: true,
    });
    expect(await versionOf(...log, replaced)).toBe(3);
    expect(await versionOf(...log, replaced, byOld)).toBeUndefined();
  });

  it("the same recovery key brought again, and what follows upon it", async () => {
    const again = made({ by: "rotation", version: 2, key: second, signer: first, recovery, brings: true });
    expect(await versionOf(registered, again, recovered)).toBe(3);
    const next = made({ by: "rotation", version: 4, key: fourth, signer: third, recovery });
    expect(await versionOf(registered, again, recovered, next)).toBe(4);
    expect(
      await proven([registered, rotated, recovered, next], { version: 3, key: third.raw, recovery: recovery.raw }),
    ).toMatchObject({ version: 4 });
  });
});

describe("who has never seen the recovery key", () => {
  const upTo = async (...log: readonly LoggedVersion[]): Promise<number | undefined> => {
    const trusted = { version: 1, key: first.raw, recovery: "unseen" } as const;
    return (await provenUpTo(log, { owner, trusted, verify: verifyEd25519 }))?.version;
  };

  it("proves rotations, and no recovery by the key that the directory says was there", async () => {
    expect(await upTo(registered, rotated)).toBe(2);
    expect(await upTo(registered, rotated, recovered)).toBe(2);
    const byOther = made({ by: "recovery", version: 2, key: second, signer: recovery, recovery });
    expect(await upTo(registered, byOther)).toBe(1);
    // Nor by one that the directory has put into all versions since.
    const forged = [registered, rotated].map((each) => ({ ...each, recovery: newRecovery.raw }));
    const byForged = made({ by: "recovery", version: 3, key: third, signer: newRecovery, recovery: newRecovery });
    expect(await upTo(...forged, byForged)).toBe(2);
  });

  it("proves a recovery by one that a rotation has named since, and what follows upon it", async () => {
    const byNamed = made({ by: "recovery", version: 3, key: third, signer: newRecovery, recovery: newRecovery });
    const next = made({ by: "rotation", version: 4, key: fourth, signer: third, recovery: newRecovery });
    const last = made({
      by: "recovery",
      version: 5,
      key: testKey("fifth"),
      signer: newRecovery,
      recovery: newRecovery,
    });
    expect(await upTo(registered, rearmed, byNamed, next, last)).toBe(5);
    expect(await upTo(registered, rearmed, recovered)).toBe(2);
  });
});

describe("a log proves nothing", () => {
  it.each<[string, readonly LoggedVersion[]]>([
    ["that is empty", []],
    ["that does not begin with the first version", [rotated]],
    ["with a gap", [registered, recovered]],
    ["in which the trusted version has another key", [{ ...registered, key: second.raw }, rotated]],
    ["in which the trusted version has another recovery key", [{ ...registered, recovery: newRecovery.raw }, rotated]],
    ["in which the trusted version has no recovery key", [{ ...registered, recovery: undefined }, rotated]],
    ["with a rotation that nobody signed", [registered, { ...rotated, signature: undefined }]],
    ["with a rotation to another key than was signed", [registered, { ...rotated, key: third.raw }]],
    [
      "with a rotation that another key signed",
      [registered, made({ by: "rotation", version: 2, key: second, signer: third, recovery })],
    ],
    [
      "with a rotation of another version",
      [
        registered,
        made({ by: "rotation", version: 2, key: second, signer: first, recovery, signedAs: { version: 3 } }),
      ],
    ],
    [
      "with a rotation of somebody else",
      [
        registered,
        made({ by: "rotation", version: 2, key: second, signer: first, recovery, signedAs: { name: "bob" } }),
      ],
    ],
    ["with a recovery key that a rotation did not bring", [registered, { ...rotated, recovery: newRecovery.raw }]],
    ["without the recovery key that a rotation brought", [registered, { ...rearmed, recovery: recovery.raw }]],
    ["without the recovery key that a rotation left", [registered, { ...rotated, recovery: undefined }]],
    ["with a rotation that says it is a recovery", [registered, { ...rotated, by: "recovery" }]],
    ["with a recovery that says it is a rotation", [registered, rotated, { ...recovered, by: "rotation" }]],
    [
      "with a recovery by a recovery key that was never in force",
      [
        registered,
        rotated,
        made({ by: "recovery", version: 3, key: third, signer: newRecovery, recovery: newRecovery }),
      ],
    ],
    [
      "with a recovery that brings a recovery key which was not signed",
      [registered, rotated, { ...recovered, recovery: newRecovery.raw }],
    ],
    ["with a second registration", [registered, { ...registered, version: 2 }]],
    [
      "with a recovery brought a second time, when its key has been given up",
      [
        ...[registered, made({ by: "recovery", version: 2, key: second, signer: recovery, recovery })],
        made({ by: "rotation", version: 3, key: third, signer: second, recovery }),
        made({ by: "recovery", version: 4, key: second, signer: recovery, recovery }),
      ],
    ],
  ])("%s", async (_, log) => {
    expect(await proven(log)).toBeUndefined();
  });
});
