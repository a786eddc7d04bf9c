import { describe, expect, it } from "vitest";
import { createLook } from "../../../../scripts/chat/look.js";
import { explainKeyChange } from "../../../../scripts/chat/key-changes.js";
import { trust } from "../../../../scripts/chat/people.js";
import { painterFor } from "../../../../scripts/terminal.js";
import { AccountError, type ContactKeyChange, type StatedUser } from "../../../../src/client/client.js";

const change = (version: number, by: ContactKeyChange["by"], proven: boolean): ContactKeyChange => ({
  ...{ version, by, at: 0, proven },
  key: new Uint8Array(32).fill(version),
});
const user = (version: number): StatedUser => ({
  ...{ name: "bob", algorithm: "ed25519", keyVersion: version },
  key: new Uint8Array(32).fill(version),
});

/** Somebody who is told these changes, and trusts the key of `version`. */
function accountTold(changes: readonly ContactKeyChange[] | AccountError, version = 2) {
  return {
    name: "alice",
    contact: () => undefined,
    lookup: () => Promise.resolve(undefined),
    publicKey: () => Promise.resolve(new Uint8Array(32)),
    keyChanges: () => (changes instanceof AccountError ? Promise.reject(changes) : Promise.resolve(changes)),
    trust: () => Promise.resolve(user(version)),
  };
}

const WAITS = "what they write, and what is for them, waits";
const ASK = `${WAITS}. Ask them by another way; then /trust bob`;
const COMPARE = "! nothing that you trusted has signed it: compare it with theirs";
const rotated = change(2, "rotation", true);
const recovered = change(3, "recovery", true);
const unknown = change(3, "recovery", false);
const taken = change(1, "registration", false);
const failure = new AccountError("timeout");

describe("of a new key", () => {
  it.each<[string, readonly ContactKeyChange[] | AccountError, string | undefined]>([
    ["the old one has signed", [rotated], `bob has a new key, signed with the one before: ${WAITS} until /trust bob`],
    [
      "a recovery key has signed",
      [rotated, recovered],
      `bob has a new key, signed with their recovery key: ${WAITS} until /trust bob`,
    ],
    [
      "nobody we know has signed",
      [rotated, unknown],
      `bob has another key than before, which nothing that you trust has signed: ${ASK}`,
    ],
    [
      "comes with a new registration",
      [taken],
      `bob has another key than before, which nothing that you trust has signed: ${ASK}`,
    ],
    ["is the one that we trust by now", [], undefined],
    ["could not be asked for", failure, `bob has another key than before: ${ASK}`],
  ])("that %s the chat says so", async (_, changes, text) => {
    expect(await explainKeyChange(accountTold(changes), "bob")).toBe(text);
  });

  it.each<[string, readonly ContactKeyChange[] | AccountError, number, readonly string[]]>([
    ["is proven", [rotated], 2, ["· signed with the one before"]],
    ["is not proven", [unknown], 3, [COMPARE]],
    ["is another one than was proven a moment before", [rotated], 3, [COMPARE]],
    ["could not be asked for", failure, 2, [COMPARE]],
    ["is the one that was trusted", [], 2, []],
  ])("that %s /trust says so", async (_, changes, version, said) => {
    const lines: string[] = [];
    const look = createLook(painterFor({ isTTY: false }), () => 0);
    await trust(
      { account: accountTold(changes, version), screen: { print: (line) => void lines.push(line) }, look },
      "bob",
    );
    expect(lines[0]).toContain("from now on bob has the key");
    expect(lines.slice(1)).toEqual(said);
  });
});
